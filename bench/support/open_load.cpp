#include "bench/support/open_load.hpp"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <deque>
#include <random>
#include <stdexcept>
#include <vector>

#include "bench/support/wire.hpp"

namespace millwright::bench {
namespace {

using Clock = std::chrono::steady_clock;

struct Connection {
  int socket = -1;
  std::string received;
  Clock::time_point due;
};

class Generator {
 public:
  Generator(std::uint16_t port, const std::string& request, const OpenLoad& load)
      : request_(request), load_(load), poll_(::epoll_create1(EPOLL_CLOEXEC)), open_(static_cast<std::size_t>(load.connections_max)) {
    for (std::size_t i = 0; i < open_.size(); ++i) {
      open_[i].socket = open_connection(port);
      watch(poll_, open_[i].socket, i);
      free_.push_back(i);
    }
  }
  ~Generator() {
    for (const auto& connection : open_) ::close(connection.socket);
    ::close(poll_);
  }
  Generator(const Generator&) = delete;
  Generator& operator=(const Generator&) = delete;

  OpenLoadResult run() {
    std::mt19937_64 random(load_.seed);
    std::exponential_distribution<double> gap(load_.per_second);
    const auto began = Clock::now();
    const auto end = began + load_.duration, give_up = end + std::chrono::seconds(2);
    auto next = began;
    while ((next < end || free_.size() < open_.size() || !waiting_.empty()) && Clock::now() < give_up) {
      for (; next < end && next <= Clock::now(); next += std::chrono::nanoseconds(static_cast<std::int64_t>(gap(random) * 1e9))) {
        waiting_.push_back(next);
      }
      send_waiting();
      read_ready(next < end ? next : give_up);
    }
    result_.seconds = std::chrono::duration<double>(std::min(Clock::now(), end) - began).count();
    const auto unanswered = waiting_.size() + open_.size() - free_.size();
    result_.is_saturated = static_cast<double>(unanswered) > load_.per_second;
    result_.failures += static_cast<std::int64_t>(unanswered);
    std::ranges::sort(result_.latencies_us);
    std::ranges::sort(lateness_us_);
    if (!lateness_us_.empty()) result_.lateness_us_p99 = lateness_us_[lateness_us_.size() * 99 / 100];
    return std::move(result_);
  }

 private:
  void send_waiting() {
    while (!waiting_.empty() && !free_.empty()) {
      auto& connection = open_[free_.back()];
      free_.pop_back();
      connection.due = waiting_.front();
      waiting_.pop_front();
      connection.received.clear();
      if (waiting_.empty()) lateness_us_.push_back(since_us(connection.due));
      send_all(connection.socket, request_);
    }
  }

  void read_ready(Clock::time_point until) {
    const auto wait = std::clamp<std::int64_t>((until - Clock::now()).count(), 0, 50'000'000);
    const timespec timeout{0, wait};
    const int count = ::epoll_pwait2(poll_, events_.data(), static_cast<int>(events_.size()), &timeout, nullptr);
    for (int i = 0; i < count; ++i) {
      const auto number = events_[static_cast<std::size_t>(i)].data.u64;
      auto& connection = open_[number];
      const auto read = ::recv(connection.socket, buffer_.data(), buffer_.size(), 0);
      if (read <= 0) throw std::runtime_error("the server closed a connection");
      connection.received.append(buffer_.data(), static_cast<std::size_t>(read));
      if (!is_whole(connection.received)) continue;
      result_.latencies_us.push_back(since_us(connection.due));
      if (!connection.received.starts_with("HTTP/1.1 200")) ++result_.failures;
      ++result_.requests;
      free_.push_back(number);
    }
  }

  static double since_us(Clock::time_point time) {
    return std::chrono::duration<double, std::micro>(Clock::now() - time).count();
  }

  const std::string& request_;
  OpenLoad load_;
  int poll_;
  std::vector<Connection> open_;
  std::vector<std::size_t> free_;
  std::deque<Clock::time_point> waiting_;   // due, no connection free
  std::vector<epoll_event> events_ = std::vector<epoll_event>(256);
  std::vector<char> buffer_ = std::vector<char>(1 << 18);
  std::vector<double> lateness_us_;
  OpenLoadResult result_;
};

}  // namespace

OpenLoadResult run_open_load(std::uint16_t port, const std::string& request, const OpenLoad& load) {
  return Generator(port, request, load).run();
}

}  // namespace millwright::bench
