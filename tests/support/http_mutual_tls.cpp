#include "tests/support/http_mutual_tls.hpp"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <stdexcept>
#include <string_view>

namespace millwright::test {

MutualTlsServer::MutualTlsServer(const CertificateFiles& files)
    : context_(SSL_CTX_new(TLS_server_method())), listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  const bool is_ready = SSL_CTX_use_certificate_chain_file(context_, files.certificate_file.c_str()) == 1 &&
                        SSL_CTX_use_PrivateKey_file(context_, files.key_file.c_str(), SSL_FILETYPE_PEM) == 1 &&
                        SSL_CTX_load_verify_locations(context_, files.authority_file.c_str(), nullptr) == 1;
  if (!is_ready) throw std::runtime_error("the server's certificate cannot be used");
  SSL_CTX_set_verify(context_, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  ::bind(listener_, reinterpret_cast<const sockaddr*>(&address), size);
  ::listen(listener_, 16);
  ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { serve(); });
}

MutualTlsServer::~MutualTlsServer() {
  ::shutdown(listener_, SHUT_RDWR);
  thread_.join();
  ::close(listener_);
  SSL_CTX_free(context_);
}

void MutualTlsServer::serve() {
  while (true) {
    const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (socket < 0) return;
    SSL* session = SSL_new(context_);
    SSL_set_fd(session, socket);
    std::array<char, 8192> bytes;
    if (SSL_accept(session) == 1 && SSL_read(session, bytes.data(), static_cast<int>(bytes.size())) > 0) {
      X509* caller = SSL_get1_peer_certificate(session);
      std::array<char, 64> name{};
      X509_NAME_get_text_by_NID(X509_get_subject_name(caller), NID_commonName, name.data(),
                                static_cast<int>(name.size()));
      X509_free(caller);
      const auto body = "hello " + std::string(name.data());
      const auto answer =
          "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
      SSL_write(session, answer.data(), static_cast<int>(answer.size()));
      SSL_shutdown(session);
    }
    SSL_free(session);
    // The caller reads the alert before the end: a reset would lose it.
    ::shutdown(socket, SHUT_WR);
    while (::recv(socket, bytes.data(), bytes.size(), 0) > 0) continue;
    ::close(socket);
  }
}

}  // namespace millwright::test
