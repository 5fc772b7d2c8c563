#include "io/loop/ticker.hpp"

#include <memory>
#include <vector>

#include <gtest/gtest.h>

namespace millwright::io {
namespace {

struct Fired {
  std::chrono::steady_clock::time_point at;
  bool has_fired = false;
};

void note(void* context) {
  auto* fired = static_cast<Fired*>(context);
  fired->at = std::chrono::steady_clock::now();
  fired->has_fired = true;
}

TEST(Ticker, FiresNeverEarly) {
  boost::asio::io_context context{1};
  Ticker ticker(context.get_executor());
  const auto began = std::chrono::steady_clock::now();
  std::vector<std::unique_ptr<Fired>> fired;
  std::vector<std::unique_ptr<Deadline>> deadlines;
  for (const int ms : {0, 1, 19, 20, 21, 55, 120}) {
    fired.push_back(std::make_unique<Fired>());
    deadlines.push_back(std::make_unique<Deadline>(ticker, note, fired.back().get()));
    deadlines.back()->expire_after(Duration(ms));
  }
  context.run();   // ends when no deadline is left: the ticker keeps no loop alive
  const std::vector<int> times{0, 1, 19, 20, 21, 55, 120};
  for (std::size_t i = 0; i < times.size(); ++i) {
    ASSERT_TRUE(fired[i]->has_fired) << times[i];
    EXPECT_GE(fired[i]->at - began, Duration(times[i])) << times[i];
  }
}

TEST(Ticker, AClearedDeadlineStaysSilent) {
  boost::asio::io_context context{1};
  Ticker ticker(context.get_executor());
  Fired cleared;
  Fired kept;
  Deadline first(ticker, note, &cleared);
  Deadline second(ticker, note, &kept);
  first.expire_after(10ms);
  second.expire_after(60ms);
  first.clear();
  context.run();
  EXPECT_FALSE(cleared.has_fired);
  EXPECT_TRUE(kept.has_fired);
}

TEST(Ticker, TheLastSettingHolds) {
  boost::asio::io_context context{1};
  Ticker ticker(context.get_executor());
  Fired moved_out;
  Fired moved_in;
  const auto began = std::chrono::steady_clock::now();
  Deadline first(ticker, note, &moved_out);
  Deadline second(ticker, note, &moved_in);
  first.expire_after(10ms);
  first.expire_after(100ms);
  second.expire_after(1h);
  second.expire_after(10ms);
  context.run();
  EXPECT_GE(moved_out.at - began, Duration(100));
  EXPECT_LT(moved_in.at, moved_out.at);
}

TEST(Ticker, DeadlinesBeyondOneTurnOfTheWheelFire) {
  boost::asio::io_context context{1};
  Ticker ticker(context.get_executor(), 1ms);
  Fired fired;
  Deadline far(ticker, note, &fired);
  const auto began = std::chrono::steady_clock::now();
  far.expire_after(600ms);   // the wheel has 256 slots
  context.run();
  EXPECT_GE(fired.at - began, Duration(600));
}

struct Chain {
  std::unique_ptr<Deadline> next;
  Deadline* own = nullptr;
  int fired = 0;
};

TEST(Ticker, ACallbackMaySetAgainAndDestroy) {
  boost::asio::io_context context{1};
  Ticker ticker(context.get_executor());
  Chain chain;
  Fired never;
  chain.next = std::make_unique<Deadline>(ticker, note, &never);
  Deadline own(ticker, [](void* context_of) {
    auto* self = static_cast<Chain*>(context_of);
    self->next.reset();
    if (++self->fired < 3) self->own->expire_after(1ms);
  }, &chain);
  chain.own = &own;
  own.expire_after(1ms);
  chain.next->expire_after(1ms + Ticker::usual_tick * 4);
  context.run();
  EXPECT_EQ(chain.fired, 3);
  EXPECT_FALSE(never.has_fired);
}

}  // namespace
}  // namespace millwright::io
