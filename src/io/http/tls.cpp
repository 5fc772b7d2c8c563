#include "io/http/tls.hpp"

#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <stdexcept>
#include <vector>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

namespace millwright::io::http {
namespace {

std::string last_openssl_error() {
  std::array<char, 256> text{};
  const unsigned long code = ERR_peek_last_error();
  if (code == 0) return "unknown error";
  ERR_error_string_n(code, text.data(), text.size());
  return text.data();
}

int descriptor_of(BIO* bio) { return static_cast<int>(reinterpret_cast<std::intptr_t>(BIO_get_data(bio))); }

int note_retry(BIO* bio, ssize_t moved, void (*set_retry)(BIO*)) {
  BIO_clear_retry_flags(bio);
  if (moved < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)) set_retry(bio);
  return static_cast<int>(moved);
}

int write_bytes(BIO* bio, const char* bytes, int size) {
  const ssize_t moved = ::send(descriptor_of(bio), bytes, static_cast<std::size_t>(size),
                               MSG_NOSIGNAL | MSG_DONTWAIT);
  return note_retry(bio, moved, [](BIO* b) { BIO_set_retry_write(b); });
}

int read_bytes(BIO* bio, char* bytes, int size) {
  const ssize_t moved = ::recv(descriptor_of(bio), bytes, static_cast<std::size_t>(size), MSG_DONTWAIT);
  return note_retry(bio, moved, [](BIO* b) { BIO_set_retry_read(b); });
}

long control(BIO*, int command, long, void*) { return command == BIO_CTRL_FLUSH ? 1 : 0; }

int make_ready(BIO* bio) {
  BIO_set_init(bio, 1);
  return 1;
}

/// How sockets are read and written: as OpenSSL's own socket BIO, but without SIGPIPE and without blocking.
BIO_METHOD* socket_method() {
  static BIO_METHOD* const method = [] {
    BIO_METHOD* made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "socket without signals");
    BIO_meth_set_write(made, write_bytes);
    BIO_meth_set_read(made, read_bytes);
    BIO_meth_set_ctrl(made, control);
    BIO_meth_set_create(made, make_ready);
    return made;
  }();
  return method;
}

TlsSession make_session(SSL_CTX* context, int descriptor) {
  TlsSession session(SSL_new(context));
  BIO* bio = BIO_new(socket_method());
  if (!session || bio == nullptr) throw std::bad_alloc();
  BIO_set_data(bio, reinterpret_cast<void*>(static_cast<std::intptr_t>(descriptor)));
  SSL_set_bio(session.get(), bio, bio);
  return session;
}

TlsContext make_context(const SSL_METHOD* method) {
  TlsContext context(SSL_CTX_new(method));
  if (!context) throw std::bad_alloc();
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  SSL_CTX_set_options(context.get(), SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE);
  SSL_CTX_set_mode(context.get(), SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                      SSL_MODE_RELEASE_BUFFERS | SSL_MODE_AUTO_RETRY);
  return context;
}

constexpr unsigned char http_1_1[] = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};

int choose_protocol(SSL*, const unsigned char** out, unsigned char* out_size, const unsigned char* in,
                    unsigned in_size, void*) {
  unsigned char* chosen = nullptr;
  const int outcome = SSL_select_next_proto(&chosen, out_size, http_1_1, sizeof http_1_1, in, in_size);
  if (outcome != OPENSSL_NPN_NEGOTIATED) return SSL_TLSEXT_ERR_ALERT_FATAL;
  *out = chosen;
  return SSL_TLSEXT_ERR_OK;
}

}  // namespace

Result<TlsContext> make_server_tls(const std::string& certificate_file, const std::string& key_file) {
  ERR_clear_error();
  TlsContext context = make_context(TLS_server_method());
  if (SSL_CTX_use_certificate_chain_file(context.get(), certificate_file.c_str()) != 1) {
    return fail(ErrorCode::InvalidConfig, "the TLS certificate {} cannot be used: {}", certificate_file,
                last_openssl_error());
  }
  if (SSL_CTX_use_PrivateKey_file(context.get(), key_file.c_str(), SSL_FILETYPE_PEM) != 1) {
    return fail(ErrorCode::InvalidConfig, "the TLS key {} cannot be used: {}", key_file, last_openssl_error());
  }
  if (SSL_CTX_check_private_key(context.get()) != 1) {
    return fail(ErrorCode::InvalidConfig, "the TLS key {} does not belong to the certificate {}", key_file,
                certificate_file);
  }
  SSL_CTX_set_alpn_select_cb(context.get(), choose_protocol, nullptr);
  return context;
}

Result<TlsContext> make_client_tls(const std::string& ca_file) {
  ERR_clear_error();
  TlsContext context = make_context(TLS_client_method());
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_alpn_protos(context.get(), http_1_1, sizeof http_1_1);
  if (ca_file.empty()) {
    SSL_CTX_set_default_verify_paths(context.get());
  } else if (SSL_CTX_load_verify_locations(context.get(), ca_file.c_str(), nullptr) != 1) {
    return fail(ErrorCode::InvalidConfig, "the certificates in {} cannot be used: {}", ca_file, last_openssl_error());
  }
  return context;
}

namespace {

struct FreeBio {
  void operator()(BIO* bio) const { BIO_free(bio); }
};
struct FreeCertificate {
  void operator()(X509* certificate) const { X509_free(certificate); }
};
struct FreeKey {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
using Bio = std::unique_ptr<BIO, FreeBio>;
using Certificate = std::unique_ptr<X509, FreeCertificate>;

/// Every certificate of a PEM text.
std::vector<Certificate> certificates_of(const std::string& pem) {
  const Bio bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  std::vector<Certificate> list;
  while (X509* certificate = PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr)) list.emplace_back(certificate);
  ERR_clear_error();  // the end of the text is told as an error
  return list;
}

/// A key with a passphrase is refused rather than asked about on a terminal.
int give_no_passphrase(char*, int, int, void*) { return 0; }

Result<void> show_certificate(SSL_CTX* context, const TlsMaterial& material) {
  const auto chain = certificates_of(material.certificate);
  if (chain.empty() || SSL_CTX_use_certificate(context, chain.front().get()) != 1) {
    return fail(ErrorCode::InvalidConfig, "the client certificate cannot be used: it holds no certificate in PEM");
  }
  for (std::size_t i = 1; i < chain.size(); ++i) SSL_CTX_add1_chain_cert(context, chain[i].get());
  const Bio bio(BIO_new_mem_buf(material.key.data(), static_cast<int>(material.key.size())));
  const std::unique_ptr<EVP_PKEY, FreeKey> key(
      PEM_read_bio_PrivateKey(bio.get(), nullptr, give_no_passphrase, nullptr));
  if (!key)
    return fail(ErrorCode::InvalidConfig,
                "the client key cannot be used: it is no private key in PEM without a passphrase");
  if (SSL_CTX_use_PrivateKey(context, key.get()) != 1 || SSL_CTX_check_private_key(context) != 1) {
    return fail(ErrorCode::InvalidConfig, "the client key does not belong to the client certificate");
  }
  return {};
}

}  // namespace

Result<TlsContext> make_client_tls(const TlsMaterial& material) {
  auto context = make_client_tls(std::string());
  if (!context) return context;
  if (!material.ca.empty()) {
    const auto authorities = certificates_of(material.ca);
    if (authorities.empty()) return fail(ErrorCode::InvalidConfig, "the authorities hold no certificate in PEM");
    X509_STORE* store = X509_STORE_new();
    if (store == nullptr) throw std::bad_alloc();
    for (const auto& authority : authorities) X509_STORE_add_cert(store, authority.get());
    SSL_CTX_set_cert_store(context->get(), store);
  }
  if (material.certificate.empty() != material.key.empty()) {
    return fail(ErrorCode::InvalidConfig, "a client certificate and its key go together");
  }
  if (material.certificate.empty()) return context;
  auto shown = show_certificate(context->get(), material);
  if (!shown) return pass(shown);
  return context;
}

TlsSession make_server_session(SSL_CTX* context, int descriptor) {
  TlsSession session = make_session(context, descriptor);
  SSL_set_accept_state(session.get());
  return session;
}

TlsSession make_client_session(SSL_CTX* context, int descriptor, const std::string& host) {
  TlsSession session = make_session(context, descriptor);
  X509_VERIFY_PARAM* rules = SSL_get0_param(session.get());
  const bool is_address = X509_VERIFY_PARAM_set1_ip_asc(rules, host.c_str()) == 1;
  if (!is_address) {
    SSL_set_tlsext_host_name(session.get(), host.c_str());
    SSL_set1_host(session.get(), host.c_str());
    SSL_set_hostflags(session.get(), X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  }
  SSL_set_connect_state(session.get());
  return session;
}

std::string handshake_failure(SSL* session, const std::string& host) {
  const long verdict = SSL_get_verify_result(session);
  switch (verdict) {
    case X509_V_OK: break;
    case X509_V_ERR_CERT_HAS_EXPIRED: return "its certificate has expired";
    case X509_V_ERR_CERT_NOT_YET_VALID: return "its certificate is not valid yet";
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH: return fmt::format("its certificate is not for {}", host);
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_CERT_SIGNATURE_FAILURE:   // of the name of one that is, with another key
      return fmt::format("its certificate is from an authority that is not trusted ({})",
                         X509_verify_cert_error_string(verdict));
    default: return fmt::format("its certificate was not accepted: {}", X509_verify_cert_error_string(verdict));
  }
  const unsigned long code = ERR_peek_last_error();
  const char* reason = code != 0 ? ERR_reason_error_string(code) : nullptr;
  return reason != nullptr ? reason : "the peer closed the connection";
}

}  // namespace millwright::io::http
