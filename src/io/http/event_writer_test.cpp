#include "io/http/event_writer.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "io/loop/runtime.hpp"
#include "tests/support/http_await.hpp"

namespace millwright::io::http {
namespace {

using namespace std::chrono_literals;

/// Collects what is written; each write takes a turn of the loop, so that two could meet.
class SlowExchange final : public Exchange {
 public:
  [[nodiscard]] Request& request() override { return request_; }
  [[nodiscard]] Task<Result<void>> send(Response) override { co_return Result<void>(); }
  [[nodiscard]] Task<Result<void>> start_stream(Response given) override {
    head = std::move(given);
    has_started_ = true;
    co_return Result<void>();
  }
  [[nodiscard]] Task<Result<void>> write(std::string_view bytes) override {
    if (is_gone) co_return fail(ErrorCode::Cancelled, "the client has gone");
    met = met || is_writing_ || is_finished;
    is_writing_ = true;
    auto slept = co_await sleep_for(1ms);
    is_writing_ = false;
    written += bytes;
    co_return slept;
  }
  [[nodiscard]] Task<Result<void>> finish_stream() override {
    met = met || is_writing_;
    is_finished = true;
    co_return Result<void>();
  }
  void abort() override {}
  [[nodiscard]] bool has_started() const override { return has_started_; }
  void on_client_gone(std::function<void()>) override {}
  [[nodiscard]] bool is_client_gone() const override { return is_gone; }

  [[nodiscard]] std::size_t beats() const { return static_cast<std::size_t>(std::ranges::count(written, '*')); }

  Response head;
  std::string written;
  bool met = false, is_gone = false, is_finished = false;

 private:
  Request request_;
  bool has_started_ = false, is_writing_ = false;
};

class EventWriting : public testing::Test {
 protected:
  EventWriting() : runtime_({.loops = 1, .blocking_threads = 1}) { runtime_.start(); }
  ~EventWriting() override { runtime_.stop(); }
  void run(Task<void> task) { test::await_on(runtime_.loop(0), std::move(task)); }

  Runtime runtime_;
};

Task<void> wait_for_beats(const SlowExchange& exchange, std::size_t count) {
  while (exchange.beats() < count) {
    auto slept = co_await sleep_for(1ms);
    if (!slept) co_return;
  }
}

Task<void> speak_between_beats(SlowExchange& exchange) {
  EventWriter writer(exchange, "*", 1ms);
  auto done = co_await writer.start({});
  for (std::size_t i = 1; i <= 20 && done; ++i) {
    co_await wait_for_beats(exchange, i);
    done = co_await writer.write("event ");
  }
  EXPECT_TRUE(done);
  done = co_await writer.finish();
  EXPECT_TRUE(done);
}

TEST_F(EventWriting, HeartbeatsFillSilenceAndNeverMixWithEvents) {
  SlowExchange exchange;
  run(speak_between_beats(exchange));
  EXPECT_FALSE(exchange.met);
  EXPECT_TRUE(exchange.is_finished);
  EXPECT_EQ(exchange.head.headers.find("content-type"), "text/event-stream; charset=utf-8");
  const auto beats = exchange.beats();
  EXPECT_GE(beats, 20u);
  std::erase(exchange.written, '*');
  EXPECT_EQ(exchange.written.size(), 20 * std::string_view("event ").size());
}

Task<void> speak_without_pause(SlowExchange& exchange) {
  EventWriter writer(exchange, "*", 1h);
  auto done = co_await writer.start({});
  for (int i = 0; i < 5 && done; ++i) done = co_await writer.write("event ");
  EXPECT_TRUE(done);
  co_await writer.stop();
  co_await writer.stop();
}

TEST_F(EventWriting, StopsAtOnceWhateverTheInterval) {
  SlowExchange exchange;
  run(speak_without_pause(exchange));
  EXPECT_EQ(exchange.beats(), 0u);
  EXPECT_FALSE(exchange.met);
}

Task<void> never_start(SlowExchange& exchange) {
  EventWriter writer(exchange, "*", 1ms);
  co_await writer.stop();
}

TEST_F(EventWriting, NeedsNoStart) {
  SlowExchange exchange;
  run(never_start(exchange));
  EXPECT_TRUE(exchange.written.empty());
}

Task<void> speak_to_nobody(SlowExchange& exchange) {
  EventWriter writer(exchange, "*", 1ms);
  auto done = co_await writer.start({});
  co_await wait_for_beats(exchange, 1);
  exchange.is_gone = true;
  done = co_await writer.write("event ");
  EXPECT_FALSE(done);
  co_await writer.stop();
}

TEST_F(EventWriting, EndsWhenTheClientHasGone) {
  SlowExchange exchange;
  run(speak_to_nobody(exchange));
  EXPECT_FALSE(exchange.met);
}

}  // namespace
}  // namespace millwright::io::http
