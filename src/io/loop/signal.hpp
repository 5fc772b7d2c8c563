// One coroutine waits until another of the same loop says that something has happened.
#pragma once

#include <chrono>

#include <boost/asio/steady_timer.hpp>

#include "base/time.hpp"
#include "io/loop/task.hpp"

namespace millwright::io {

/// Used on one loop, by one waiter at a time. What is said before the wait begins ends it at once.
class Signal {
 public:
  explicit Signal(Executor executor);
  Signal(const Signal&) = delete;
  Signal& operator=(const Signal&) = delete;

  void notify();
  /// Until the next notify.
  [[nodiscard]] Task<void> wait();
  /// The same, for so long at most.
  [[nodiscard]] Task<void> wait_for(Duration duration);

 private:
  using Timer = boost::asio::basic_waitable_timer<std::chrono::steady_clock,
                                                  boost::asio::wait_traits<std::chrono::steady_clock>, Executor>;
  Task<void> wait_until(std::chrono::steady_clock::time_point time);
  Timer timer_;
  bool is_notified_ = false;
};

}  // namespace millwright::io
