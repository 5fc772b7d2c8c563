#include "tests/support/http_raw_client.hpp"

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <stdexcept>

namespace millwright::test {
namespace {

void give_up_after_ten_seconds(int socket) {
  const timeval limit{10, 0};
  ::setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  ::setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
}

}  // namespace

RawClient::RawClient(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  give_up_after_ten_seconds(socket_);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    throw std::runtime_error(std::string("cannot connect: ") + std::strerror(errno));
  }
}

RawClient::RawClient(const std::string& unix_socket) : socket_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  give_up_after_ten_seconds(socket_);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, unix_socket.data(), unix_socket.size());
  if (::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    throw std::runtime_error(std::string("cannot connect: ") + std::strerror(errno));
  }
}

RawClient::~RawClient() { ::close(socket_); }

void RawClient::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0) return;   // the server refused to read on; what it said can still be read
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

bool RawClient::read_more() {
  std::array<char, 65536> bytes;
  const ssize_t size = ::recv(socket_, bytes.data(), bytes.size(), 0);
  if (size < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) throw std::runtime_error("the server fell silent");
  if (size < 0) is_reset_ = true;
  if (size <= 0) return false;
  held_.append(bytes.data(), static_cast<std::size_t>(size));
  return true;
}

std::string RawClient::read_until(std::string_view mark) {
  std::size_t at = std::string::npos;
  while ((at = held_.find(mark)) == std::string::npos) {
    if (!read_more()) throw std::runtime_error("closed before the mark; got: " + held_);
  }
  const std::size_t end = at + mark.size();
  std::string taken = held_.substr(0, end);
  held_.erase(0, end);
  return taken;
}

std::string RawClient::read_response() {
  std::string response = read_until("\r\n\r\n");
  if (response.find("Transfer-Encoding: chunked") != std::string::npos) return response + read_until("0\r\n\r\n");
  const std::string_view field = "Content-Length: ";
  const std::size_t at = response.find(field);
  const std::size_t length = at == std::string::npos ? 0 : std::stoul(response.substr(at + field.size()));
  while (held_.size() < length) {
    if (!read_more()) throw std::runtime_error("closed within the body; got: " + held_);
  }
  response += held_.substr(0, length);
  held_.erase(0, length);
  return response;
}

std::string RawClient::read_to_end() {
  while (read_more()) continue;
  return std::exchange(held_, {});
}

void RawClient::shutdown_send() { ::shutdown(socket_, SHUT_WR); }

void RawClient::reset() {
  const linger hard{1, 0};
  ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
  ::close(socket_);
  socket_ = -1;
}

void RawClient::shrink_receive_buffer() {
  const int bytes = 4096;
  ::setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
}

}  // namespace millwright::test
