// A TLS server that answers only those who show a certificate of its authority.
#pragma once

#include <cstdint>
#include <string>
#include <thread>

#include <openssl/ssl.h>

#include "tests/support/http_certificate.hpp"

namespace millwright::test {

class MutualTlsServer {
 public:
  /// Answers every request with "hello" and the common name of its caller.
  explicit MutualTlsServer(const CertificateFiles& files);
  ~MutualTlsServer();
  MutualTlsServer(const MutualTlsServer&) = delete;
  MutualTlsServer& operator=(const MutualTlsServer&) = delete;
  [[nodiscard]] std::uint16_t port() const { return port_; }

 private:
  void serve();

  SSL_CTX* context_;
  int listener_ = -1;
  std::uint16_t port_ = 0;
  std::thread thread_;
};

}  // namespace millwright::test
