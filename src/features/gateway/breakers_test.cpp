#include "features/gateway/breakers.hpp"

#include <gtest/gtest.h>

namespace millwright::gateway {
namespace {

using Outcome = Breakers::Outcome;
using std::chrono::milliseconds;

class BreakersTest : public testing::Test {
 protected:
  Breakers breakers_;
  BreakerSettings settings_{.failures = 3, .pause = Duration(100), .pause_max = Duration(350)};
  Timestamp now_ = from_micros(1'700'000'000'000'000);

  void fail(int times) {
    for (int i = 0; i < times; ++i) breakers_.report("m", Outcome::Failure, settings_, now_);
  }
  bool is_allowed() { return !breakers_.ask("m", now_); }
};

TEST_F(BreakersTest, OpensAfterSoManyFailuresInARow) {
  fail(2);
  EXPECT_TRUE(is_allowed());
  breakers_.report("m", Outcome::Success, settings_, now_);
  fail(2);
  EXPECT_TRUE(is_allowed()) << "a success starts the count anew";
  EXPECT_EQ(breakers_.open_count(), 0u);
  EXPECT_TRUE(breakers_.report("m", Outcome::Failure, settings_, now_)) << "this one opened it";
  EXPECT_EQ(breakers_.open_count(), 1u);
  const auto wait = breakers_.ask("m", now_);
  ASSERT_TRUE(wait);
  EXPECT_EQ(*wait, Duration(100));
  EXPECT_FALSE(breakers_.ask("another", now_)) << "models are apart";
}

TEST_F(BreakersTest, OneCallTriesAndDecides) {
  fail(3);
  now_ += milliseconds(100);
  EXPECT_TRUE(is_allowed());
  EXPECT_FALSE(is_allowed()) << "one trial at a time";
  breakers_.report("m", Outcome::Success, settings_, now_);
  EXPECT_TRUE(is_allowed());
  EXPECT_TRUE(is_allowed());
}

TEST_F(BreakersTest, PausesGrowToTheirBound) {
  fail(3);
  for (const auto expected : {100, 200, 350, 350}) {
    EXPECT_EQ(breakers_.ask("m", now_), Duration(expected));
    now_ += milliseconds(expected);
    ASSERT_TRUE(is_allowed());
    fail(1);
  }
}

TEST_F(BreakersTest, LateFailuresDoNotLengthenThePause) {
  fail(3);
  fail(20);
  EXPECT_EQ(breakers_.ask("m", now_), Duration(100));
}

TEST_F(BreakersTest, ATrialThatSaysNothingLeavesRoomForTheNext) {
  fail(3);
  now_ += milliseconds(100);
  ASSERT_TRUE(is_allowed());
  breakers_.report("m", Outcome::Unrelated, settings_, now_);
  EXPECT_TRUE(is_allowed());
  now_ += milliseconds(60'000);
  EXPECT_TRUE(is_allowed()) << "a trial without a report does not block for ever";
}

TEST_F(BreakersTest, ZeroMeansNever) {
  settings_.failures = 0;
  fail(100);
  EXPECT_TRUE(is_allowed());
  EXPECT_EQ(breakers_.open_count(), 0u);
}

}  // namespace
}  // namespace millwright::gateway
