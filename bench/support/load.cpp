#include "bench/support/load.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstring>
#include <stdexcept>

#include <fmt/format.h>

namespace millwright::bench {
namespace {

using Clock = std::chrono::steady_clock;

struct Connection {
  int socket = -1;
  std::string received;
  Clock::time_point started;
};

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

/// True when `text` holds a whole response; length by Content-Length or by the last chunk.
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

}  // namespace

double LoadResult::percentile_us(double percent) const {
  if (latencies_us.empty()) return 0;
  const auto rank = static_cast<std::size_t>(std::ceil(percent / 100 * static_cast<double>(latencies_us.size())));
  return latencies_us[std::min(std::max<std::size_t>(rank, 1) - 1, latencies_us.size() - 1)];
}

std::string post_request(const std::string& path, const std::string& headers, const std::string& body) {
  return fmt::format("POST {} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n{}Content-Length: {}\r\n\r\n{}",
                     path, headers, body.size(), body);
}

LoadResult run_load(std::uint16_t port, const std::string& request, int connections, std::int64_t requests) {
  const int poll = ::epoll_create1(EPOLL_CLOEXEC);
  std::vector<Connection> open(static_cast<std::size_t>(connections));
  LoadResult result;
  result.latencies_us.reserve(static_cast<std::size_t>(requests));
  std::int64_t sent = 0;
  const auto send_next = [&](Connection& connection) {
    if (sent >= requests) return;
    ++sent;
    connection.received.clear();
    connection.started = Clock::now();
    send_all(connection.socket, request);
  };
  for (std::size_t i = 0; i < open.size(); ++i) {
    open[i].socket = open_connection(port);
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = i;
    ::epoll_ctl(poll, EPOLL_CTL_ADD, open[i].socket, &event);
  }
  const auto began = Clock::now();
  for (auto& connection : open) send_next(connection);
  std::vector<epoll_event> events(open.size());
  std::vector<char> buffer(1 << 18);
  while (result.requests < requests) {
    const int count = ::epoll_wait(poll, events.data(), static_cast<int>(events.size()), 10'000);
    if (count <= 0) throw std::runtime_error("the server stopped answering");
    for (int i = 0; i < count; ++i) {
      auto& connection = open[events[static_cast<std::size_t>(i)].data.u64];
      const auto read = ::recv(connection.socket, buffer.data(), buffer.size(), 0);
      if (read <= 0) throw std::runtime_error("the server closed a connection");
      connection.received.append(buffer.data(), static_cast<std::size_t>(read));
      if (!is_whole(connection.received)) continue;
      result.latencies_us.push_back(std::chrono::duration<double, std::micro>(Clock::now() - connection.started).count());
      if (!connection.received.starts_with("HTTP/1.1 200")) ++result.failures;
      ++result.requests;
      send_next(connection);
    }
  }
  result.seconds = std::chrono::duration<double>(Clock::now() - began).count();
  for (auto& connection : open) ::close(connection.socket);
  ::close(poll);
  std::ranges::sort(result.latencies_us);
  return result;
}

}  // namespace millwright::bench
