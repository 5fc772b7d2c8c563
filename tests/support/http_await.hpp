// Runs a coroutine on a loop and gives its value to the thread of the test.
#pragma once

#include <exception>
#include <future>

#include <boost/asio/co_spawn.hpp>

#include "io/loop/task.hpp"

namespace millwright::test {

template <class T>
[[nodiscard]] T await_on(io::Executor executor, io::Task<T> task) {
  std::promise<T> promise;
  auto future = promise.get_future();
  boost::asio::co_spawn(executor, std::move(task), [&promise](std::exception_ptr thrown, T value) {
    if (thrown) promise.set_exception(thrown);
    else promise.set_value(std::move(value));
  });
  return future.get();
}

inline void await_on(io::Executor executor, io::Task<void> task) {
  std::promise<void> promise;
  auto future = promise.get_future();
  boost::asio::co_spawn(executor, std::move(task), [&promise](std::exception_ptr thrown) {
    if (thrown) promise.set_exception(thrown);
    else promise.set_value();
  });
  future.get();
}

}  // namespace millwright::test
