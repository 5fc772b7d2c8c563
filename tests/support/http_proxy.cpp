#include "tests/support/http_proxy.hpp"

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>

namespace millwright::test {
namespace {

std::string read_head(int socket) {
  std::string head;
  char byte = 0;
  while (!head.ends_with("\r\n\r\n")) {
    if (::recv(socket, &byte, 1, 0) != 1) return {};
    head += byte;
  }
  return head;
}

/// "CONNECT host:443 HTTP/1.1", "GET http://host:80/path HTTP/1.1".
std::uint16_t target_port(const std::string& head) {
  const auto end = head.find(" HTTP/");
  auto target = head.substr(0, end);
  const auto scheme = target.find("://");
  if (scheme != std::string::npos) target = target.substr(0, target.find('/', scheme + 3));
  return static_cast<std::uint16_t>(std::stoul(target.substr(target.rfind(':') + 1)));
}

int connect_to(std::uint16_t port) {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  return socket;
}

void send_all(int socket, std::string_view bytes) { ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL); }

}  // namespace

HttpProxy::HttpProxy(Does does, std::string bytes)
    : does_(does), bytes_(std::move(bytes)), listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  ::bind(listener_, reinterpret_cast<const sockaddr*>(&address), size);
  ::listen(listener_, 16);
  ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
  port_ = ntohs(address.sin_port);
  acceptor_ = std::thread([this] { accept_all(); });
}

HttpProxy::~HttpProxy() {
  ::shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  {
    const std::lock_guard lock(mutex_);
    for (const int socket : sockets_) ::shutdown(socket, SHUT_RDWR);
  }
  for (auto& thread : threads_) thread.join();
  for (const int socket : sockets_) ::close(socket);
  ::close(listener_);
}

void HttpProxy::keep(int socket) {
  const std::lock_guard lock(mutex_);
  sockets_.push_back(socket);
}

void HttpProxy::accept_all() {
  while (true) {
    const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (socket < 0) return;
    keep(socket);
    threads_.emplace_back([this, socket] { serve(socket); });
  }
}

void HttpProxy::serve(int socket) {
  const auto head = read_head(socket);
  if (head.empty()) return;
  {
    const std::lock_guard lock(mutex_);
    heads_.push_back(head);
  }
  if (does_ == Does::Hang) return;
  if (does_ == Does::Answer) send_all(socket, bytes_);
  if (does_ == Does::Open) {
    const int target = connect_to(target_port(head));
    keep(target);
    if (head.starts_with("CONNECT "))
      send_all(socket, "HTTP/1.1 200 Connection established\r\n\r\n");
    else
      send_all(target, head);
    splice(socket, target);
  }
  ::shutdown(socket, SHUT_RDWR);
}

void HttpProxy::splice(int socket, int target) {
  std::array<pollfd, 2> waiting{{{socket, POLLIN, 0}, {target, POLLIN, 0}}};
  std::array<char, 16384> bytes;
  while (::poll(waiting.data(), waiting.size(), 10'000) > 0) {
    for (std::size_t i = 0; i < waiting.size(); ++i) {
      if (waiting[i].revents == 0) continue;
      const ssize_t size = ::recv(waiting[i].fd, bytes.data(), bytes.size(), 0);
      if (size <= 0) {
        ::shutdown(target, SHUT_RDWR);
        return;
      }
      send_all(waiting[1 - i].fd, {bytes.data(), static_cast<std::size_t>(size)});
    }
  }
}

std::vector<std::string> HttpProxy::heads() const {
  const std::lock_guard lock(mutex_);
  return heads_;
}

}  // namespace millwright::test
