#include "io/loop/signal.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace millwright::io {

Signal::Signal(Executor executor) : timer_(executor) {}

void Signal::notify() {
  is_notified_ = true;
  timer_.cancel();
}

Task<void> Signal::wait() { return wait_until(std::chrono::steady_clock::time_point::max()); }

Task<void> Signal::wait_for(Duration duration) { return wait_until(std::chrono::steady_clock::now() + duration); }

Task<void> Signal::wait_until(std::chrono::steady_clock::time_point time) {
  if (!is_notified_) {
    timer_.expires_at(time);
    const auto ended = co_await timer_.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable_t<Executor>()));
    static_cast<void>(ended);  // at its time or by notify: the waiter looks for itself
  }
  is_notified_ = false;
}

}  // namespace millwright::io
