// The threads of the process: one event loop a core for what must not block, one bounded pool for what does.
#pragma once

#include <atomic>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <type_traits>
#include <utility>

#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "io/loop/task.hpp"

namespace millwright::io {

class Ticker;

struct RuntimeOptions {
  unsigned loops = 0;                    // 0: one a core
  unsigned blocking_threads = 0;         // 0: max(4, 2 a core)
  std::size_t blocking_queue_max = 4096; // beyond it, work is refused with Unavailable
};

/// A bounded pool of threads for SQL, parsing, index search and files.
class BlockingPool {
 public:
  BlockingPool(unsigned threads, std::size_t queue_max);
  ~BlockingPool();   // finishes what runs, drops what waits
  BlockingPool(const BlockingPool&) = delete;
  BlockingPool& operator=(const BlockingPool&) = delete;

  /// False when the queue is full or the pool is stopping; `job` must not throw.
  [[nodiscard]] bool post(std::move_only_function<void()> job);
  [[nodiscard]] std::size_t queued() const;
  /// Waits for what runs and refuses everything after.
  void stop();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

class Runtime {
 public:
  explicit Runtime(RuntimeOptions options = {});
  ~Runtime();
  Runtime(const Runtime&) = delete;
  Runtime& operator=(const Runtime&) = delete;

  [[nodiscard]] unsigned loop_count() const;
  [[nodiscard]] Executor loop(unsigned index) const;
  /// The deadlines of one loop; used on that loop alone.
  [[nodiscard]] Ticker& ticker(unsigned index) const;
  /// Index of the loop whose thread calls, or nothing on another thread. For per-loop state.
  [[nodiscard]] static std::optional<unsigned> current_loop();
  [[nodiscard]] BlockingPool& blocking();

  /// Starts the loop threads; returns at once.
  void start();
  /// Stops accepting work, lets the loops end, joins all threads. Safe to call twice.
  void stop();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Runs `work` on the pool and resumes on the caller's loop with its result. `work` returns Result<T>; an exception
/// becomes ErrorCode::Internal, a full pool Unavailable with retry_after. `work` owns all it touches (it may outlive
/// a cancelled caller).
template <class F>
[[nodiscard]] Task<std::invoke_result_t<F>> run_blocking(BlockingPool& pool, F work) {
  using R = std::invoke_result_t<F>;
  auto executor = co_await boost::asio::this_coro::executor;
  auto initiate = [&pool, executor](auto handler, F job) {
    auto shared = std::make_shared<decltype(handler)>(std::move(handler));
    const bool accepted = pool.post([shared, executor, job = std::move(job)]() mutable {
      std::optional<R> result;
      try {
        result.emplace(job());
      } catch (const std::exception& e) {
        result.emplace(fail(ErrorCode::Internal, "{}", e.what()));
      }
      boost::asio::post(executor, [shared, result = std::move(*result)]() mutable {
        (*shared)(std::move(result));
      });
    });
    if (!accepted) {
      boost::asio::post(executor, [shared]() {
        auto error = fail(ErrorCode::Unavailable, "the pool for blocking work is full");
        error.error().retry_after = 1s;
        (*shared)(R(std::move(error)));
      });
    }
  };
  auto result = co_await boost::asio::async_initiate<const boost::asio::use_awaitable_t<Executor>, void(R)>(
      initiate, boost::asio::use_awaitable_t<Executor>(), std::move(work));
  co_return result;
}

}  // namespace millwright::io
