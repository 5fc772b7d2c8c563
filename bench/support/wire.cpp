#include "bench/support/wire.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <string_view>

#include <fmt/format.h>

namespace millwright::bench {

int open_connection(std::uint16_t port) {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(socket, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    throw std::runtime_error(fmt::format("cannot connect to port {}", port));
  }
  const int on = 1;
  ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return socket;
}

bool is_whole(const std::string& text) {
  const auto head_end = text.find("\r\n\r\n");
  if (head_end == std::string::npos) return false;
  const auto head = text.substr(0, head_end);
  for (std::size_t line = 0; (line = head.find("\r\n", line)) != std::string::npos; line += 2) {
    const char* at = head.c_str() + line + 2;
    if (::strncasecmp(at, "content-length:", 15) == 0) {
      return text.size() >= head_end + 4 + static_cast<std::size_t>(std::atoll(at + 15));
    }
    if (::strncasecmp(at, "transfer-encoding:", 18) == 0) return text.ends_with("0\r\n\r\n");
  }
  return true;
}

void send_all(int socket, const std::string& bytes) {
  for (std::size_t sent = 0; sent < bytes.size();) {
    const auto count = ::send(socket, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
    if (count <= 0) throw std::runtime_error("the server closed a connection");
    sent += static_cast<std::size_t>(count);
  }
}

void watch(int poll, int socket, std::size_t number) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = number;
  ::epoll_ctl(poll, EPOLL_CTL_ADD, socket, &event);
}

bool has_content(const std::string& text) {
  constexpr std::string_view member = "\"content\":\"";
  for (std::size_t at = 0; (at = text.find(member, at)) != std::string::npos;) {
    at += member.size();
    if (at < text.size() && text[at] != '"') return true;
  }
  return false;
}

}  // namespace millwright::bench
