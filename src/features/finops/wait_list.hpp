// Calls that wait for money held by others: woken a few at a time as reservations are released, each with a deadline.
#pragma once

#include <deque>
#include <memory>
#include <mutex>

#include <boost/asio/steady_timer.hpp>

#include "io/loop/task.hpp"

namespace millwright::finops {

/// Thread-safe.
class WaitList {
 public:
  /// One place in the list; made before the last check for room, so that no release is missed.
  class Place {
   public:
    explicit Place(io::Executor executor) : executor_(executor), timer_(executor) {}

   private:
    friend class WaitList;
    io::Executor executor_;
    boost::asio::basic_waitable_timer<std::chrono::steady_clock, boost::asio::wait_traits<std::chrono::steady_clock>,
                                      io::Executor>
        timer_;
    bool is_woken_ = false;   // on the executor only
  };

  [[nodiscard]] std::shared_ptr<Place> enter(io::Executor executor);
  void leave(const std::shared_ptr<Place>& place);
  /// Until woken or `deadline`.
  [[nodiscard]] io::Task<void> wait(std::shared_ptr<Place> place, std::chrono::steady_clock::time_point deadline);
  /// Wakes the longest waiting.
  void wake_some();

 private:
  static constexpr std::size_t wake_count = 16;
  std::mutex mutex_;
  std::deque<std::shared_ptr<Place>> places_;
};

}  // namespace millwright::finops
