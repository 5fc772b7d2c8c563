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

/// PEM texts. Without `ca` the system's store holds; `certificate` (with its chain) and `key` go together or are empty.
struct TlsMaterial {
  std::string ca, certificate, key;
};
/// The same with authorities and a certificate of the caller's own. InvalidConfig says which of them is unusable.
[[nodiscard]] Result<TlsContext> make_client_tls(const TlsMaterial& material);

/// A session on the descriptor, which stays the caller's. Reads and writes never block and never raise SIGPIPE.
[[nodiscard]] TlsSession make_server_session(SSL_CTX* context, int descriptor);
/// Asks for `host` (SNI) and accepts only a certificate that is valid for it: a DNS name or a literal address.
[[nodiscard]] TlsSession make_client_session(SSL_CTX* context, int descriptor, const std::string& host);

/// Why the handshake failed, in one phrase: what is wrong with the certificate of `host` when that is it.
[[nodiscard]] std::string handshake_failure(SSL* session, const std::string& host = {});

}  // namespace millwright::io::http
