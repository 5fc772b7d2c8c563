// Coroutines of the house: a Task waits on one loop's thread; spawn starts one and reports what it throws.
#pragma once

#include <string_view>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>

#include "base/error.hpp"
#include "base/time.hpp"

namespace millwright::io {

using Executor = boost::asio::io_context::executor_type;

/// An awaitable bound to a loop. Awaited exactly once, alone in its statement.
template <class T = void>
using Task = boost::asio::awaitable<T, Executor>;

/// Starts `task` on `executor`. An exception that leaves it is logged with `name`; the process goes on.
/// Take parameters by value: the task outlives the caller.
void spawn(Executor executor, std::string_view name, Task<void> task);

/// The executor the calling coroutine runs on.
[[nodiscard]] Task<Executor> this_executor();

/// Waits; returns Cancelled when the coroutine is cancelled meanwhile.
[[nodiscard]] Task<Result<void>> sleep_for(Duration duration);

}  // namespace millwright::io
