#include "io/loop/task.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <spdlog/spdlog.h>

namespace millwright::io {
namespace {

using Timer = boost::asio::basic_waitable_timer<std::chrono::steady_clock,
                                                boost::asio::wait_traits<std::chrono::steady_clock>, Executor>;

void report(const std::string& name, const std::exception_ptr& thrown) {
  try {
    std::rethrow_exception(thrown);
  } catch (const std::exception& e) {
    spdlog::error("the task \"{}\" ended by an exception: {}", name, e.what());
  } catch (...) {
    spdlog::error("the task \"{}\" ended by an exception of unknown type", name);
  }
}

}  // namespace

void spawn(Executor executor, std::string_view name, Task<void> task) {
  boost::asio::co_spawn(executor, std::move(task), [name = std::string(name)](std::exception_ptr thrown) {
    if (thrown) report(name, thrown);
  });
}

Task<Executor> this_executor() {
  const Executor executor = co_await boost::asio::this_coro::executor;
  co_return executor;
}

Task<Result<void>> sleep_for(Duration duration) {
  const Executor executor = co_await boost::asio::this_coro::executor;
  Timer timer(executor, duration);
  const auto [error] = co_await timer.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable_t<Executor>()));
  if (error) co_return fail(ErrorCode::Cancelled, "the wait was cancelled");
  co_return Result<void>();
}

}  // namespace millwright::io
