// TLS 1.2 and newer over a non-blocking socket, straight through OpenSSL: contexts for both sides and one session.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include <openssl/ssl.h>

#include "base/error.hpp"

namespace millwright::io::http {

struct FreeContext {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};
struct FreeSession {
  void operator()(SSL* session) const { SSL_free(session); }
};
using TlsContext = std::unique_ptr<SSL_CTX, FreeContext>;
using TlsSession = std::unique_ptr<SSL, FreeSession>;

/// InvalidConfig names the file that cannot be used.
[[nodiscard]] Result<TlsContext> make_server_tls(const std::string& certificate_file, const std::string& key_file);
/// Verifies peers against `ca_file`, or the system's store when it is empty.
[[nodiscard]] Result<TlsContext> make_client_tls(const std::string& ca_file);

/// A session on the descriptor, which stays the caller's. Reads and writes never block and never raise SIGPIPE.
[[nodiscard]] TlsSession make_server_session(SSL_CTX* context, int descriptor);
/// Asks for `host` (SNI) and accepts only a certificate that is valid for it: a DNS name or a literal address.
[[nodiscard]] TlsSession make_client_session(SSL_CTX* context, int descriptor, const std::string& host);

/// Why the handshake failed, in one phrase: the verification error when there is one.
[[nodiscard]] std::string handshake_failure(SSL* session);

}  // namespace millwright::io::http
