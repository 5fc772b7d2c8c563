#include "bench/support/load.hpp"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <stdexcept>

#include <fmt/format.h>

#include "bench/support/wire.hpp"

namespace millwright::bench {
namespace {

using Clock = std::chrono::steady_clock;

struct Connection {
  int socket = -1;
  std::string received;
  Clock::time_point started;
};

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
    watch(poll, open[i].socket, i);
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

LoadResult run_streams(std::uint16_t port, const std::string& request, std::int64_t requests) {
  const int socket = open_connection(port);
  LoadResult result;
  std::vector<char> buffer(1 << 18);
  const auto began = Clock::now();
  for (; result.requests < requests; ++result.requests) {
    std::string received;
    double first_us = 0;
    const auto started = Clock::now();
    send_all(socket, request);
    do {
      const auto read = ::recv(socket, buffer.data(), buffer.size(), 0);
      if (read <= 0) throw std::runtime_error("the server closed a connection");
      received.append(buffer.data(), static_cast<std::size_t>(read));
      if (first_us == 0 && has_content(received)) first_us = std::chrono::duration<double, std::micro>(Clock::now() - started).count();
    } while (!is_whole(received));
    if (!received.starts_with("HTTP/1.1 200") || received.find("data: [DONE]") == std::string::npos) ++result.failures;
    result.latencies_us.push_back(first_us);
  }
  result.seconds = std::chrono::duration<double>(Clock::now() - began).count();
  ::close(socket);
  std::ranges::sort(result.latencies_us);
  return result;
}

}  // namespace millwright::bench
