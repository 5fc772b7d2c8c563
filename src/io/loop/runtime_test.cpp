#include "io/loop/runtime.hpp"

#include <future>
#include <set>
#include <stdexcept>
#include <thread>

#include <gtest/gtest.h>

#include "tests/support/http_await.hpp"

namespace millwright::io {
namespace {

Task<std::optional<unsigned>> index_here() { co_return Runtime::current_loop(); }

Task<Result<int>> compute(BlockingPool& pool, std::function<Result<int>()> work) {
  auto result = co_await run_blocking(pool, std::move(work));
  if (!Runtime::current_loop()) co_return fail(ErrorCode::Internal, "resumed on another thread");
  co_return result;
}

Task<void> throw_it() {
  throw std::runtime_error("on purpose");
  co_return;
}

Task<void> fulfil(std::shared_ptr<std::promise<void>> promise) {
  promise->set_value();
  co_return;
}

TEST(Runtime, EveryLoopKnowsItsIndex) {
  Runtime runtime({.loops = 3, .blocking_threads = 1});
  runtime.start();
  EXPECT_EQ(Runtime::current_loop(), std::nullopt);
  for (unsigned i = 0; i < runtime.loop_count(); ++i) {
    EXPECT_EQ(test::await_on(runtime.loop(i), index_here()), i);
  }
}

TEST(Runtime, BlockingWorkResumesOnTheLoop) {
  Runtime runtime({.loops = 1, .blocking_threads = 2});
  runtime.start();
  const auto value = test::await_on(runtime.loop(0), compute(runtime.blocking(), [] { return Result<int>(42); }));
  ASSERT_TRUE(value) << describe(value.error());
  EXPECT_EQ(*value, 42);
}

TEST(Runtime, AnExceptionOfBlockingWorkIsAnError) {
  Runtime runtime({.loops = 1, .blocking_threads = 1});
  runtime.start();
  const auto value = test::await_on(runtime.loop(0), compute(runtime.blocking(), []() -> Result<int> {
                                      throw std::runtime_error("disk on fire");
                                    }));
  ASSERT_FALSE(value);
  EXPECT_EQ(value.error().code, ErrorCode::Internal);
  EXPECT_EQ(value.error().message, "disk on fire");
}

TEST(Runtime, AFullPoolRefusesWithRetryAfter) {
  Runtime runtime({.loops = 1, .blocking_threads = 1, .blocking_queue_max = 1});
  runtime.start();
  std::promise<void> gate;
  auto opened = gate.get_future().share();
  std::promise<void> running;
  ASSERT_TRUE(runtime.blocking().post([&running, opened] {
    running.set_value();
    opened.wait();
  }));
  running.get_future().wait();
  ASSERT_TRUE(runtime.blocking().post([] {}));
  EXPECT_EQ(runtime.blocking().queued(), 1u);
  const auto value = test::await_on(runtime.loop(0), compute(runtime.blocking(), [] { return Result<int>(1); }));
  gate.set_value();
  ASSERT_FALSE(value);
  EXPECT_EQ(value.error().code, ErrorCode::Unavailable);
  EXPECT_TRUE(value.error().retry_after.has_value());
}

TEST(Runtime, ATaskThatThrowsHarmsNoOther) {
  Runtime runtime({.loops = 1, .blocking_threads = 1});
  runtime.start();
  spawn(runtime.loop(0), "thrower", throw_it());
  auto promise = std::make_shared<std::promise<void>>();
  auto reached = promise->get_future();
  spawn(runtime.loop(0), "after", fulfil(promise));
  EXPECT_EQ(reached.wait_for(10s), std::future_status::ready);
}

TEST(Runtime, StopsWithWorkUnderWay) {
  auto runtime = std::make_unique<Runtime>(RuntimeOptions{.loops = 2, .blocking_threads = 1});
  runtime->start();
  spawn(runtime->loop(1), "sleeper", [](Duration time) -> Task<void> {
    const auto slept = co_await sleep_for(time);
    static_cast<void>(slept);
  }(1h));
  runtime->stop();
  runtime->stop();
  runtime.reset();   // the sleeping coroutine is destroyed here
}

TEST(BlockingPool, RefusesAfterStop) {
  BlockingPool pool(1, 4);
  pool.stop();
  EXPECT_FALSE(pool.post([] {}));
}

}  // namespace
}  // namespace millwright::io
