#include "tests/support/http_scripted_server.hpp"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>

namespace millwright::test {
namespace {

/// A request with its body, by Content-Length; empty when the peer closed.
std::string read_request(int socket) {
  std::string text;
  std::size_t wanted = std::string::npos;
  std::array<char, 16384> bytes;
  while (text.size() < wanted) {
    const ssize_t size = ::recv(socket, bytes.data(), bytes.size(), 0);
    if (size <= 0) return {};
    text.append(bytes.data(), static_cast<std::size_t>(size));
    const std::size_t end = text.find("\r\n\r\n");
    if (wanted != std::string::npos || end == std::string::npos) continue;
    const std::size_t at = text.find("Content-Length: ");
    wanted = end + 4 + (at < end ? std::stoul(text.substr(at + 16)) : 0);
  }
  return text;
}

void close_with_reset(int socket) {
  const linger hard{1, 0};
  ::setsockopt(socket, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
  ::close(socket);
}

}  // namespace

ScriptedServer::ScriptedServer(std::vector<std::vector<ScriptedAnswer>> scripts)
    : scripts_(std::move(scripts)), listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
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

ScriptedServer::~ScriptedServer() {
  ::shutdown(listener_, SHUT_RDWR);
  {
    const std::lock_guard lock(mutex_);
    for (const int socket : hanging_) ::shutdown(socket, SHUT_RDWR);
  }
  thread_.join();
  ::close(listener_);
  for (const int socket : hanging_) ::close(socket);
}

void ScriptedServer::serve() {
  for (const auto& script : scripts_) {
    const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (socket < 0) return;
    ++connections_;
    play(socket, script);
    ++closed_;
    closed_.notify_all();
  }
}

void ScriptedServer::play(int socket, const std::vector<ScriptedAnswer>& script) {
  for (const ScriptedAnswer& answer : script) {
    const std::string request = read_request(socket);
    if (request.empty()) break;
    {
      const std::lock_guard lock(mutex_);
      requests_.push_back(request);
    }
    ::send(socket, answer.bytes.data(), answer.bytes.size(), MSG_NOSIGNAL);
    if (answer.then == ScriptedAnswer::Then::Close) break;
    if (answer.then == ScriptedAnswer::Then::Reset) return close_with_reset(socket);
    if (answer.then == ScriptedAnswer::Then::Hang) {
      const std::lock_guard lock(mutex_);
      hanging_.push_back(socket);
      return;
    }
  }
  ::close(socket);
}

std::vector<std::string> ScriptedServer::requests() const {
  const std::lock_guard lock(mutex_);
  return requests_;
}

void ScriptedServer::wait_until_closed(unsigned count) const {
  for (unsigned seen = closed_; seen < count; seen = closed_) closed_.wait(seen);
}

}  // namespace millwright::test
