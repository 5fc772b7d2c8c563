#include "features/gateway/rate_limiter.hpp"

#include <gtest/gtest.h>

namespace millwright::gateway {
namespace {

constexpr Timestamp start = Timestamp(std::chrono::hours(1'000));

TEST(RateLimiter, LetsALimitThroughAtOnceAndThenOneAtATime) {
  RateLimiter limiter;
  const auto key = Id::generate();
  for (int i = 0; i < 60; ++i) {
    const auto verdict = limiter.take(key, RateLimiter::Unit::Requests, 60, 1, start);
    EXPECT_TRUE(verdict.is_allowed) << i;
    EXPECT_EQ(verdict.state.remaining, 59 - i);
  }
  const auto refused = limiter.take(key, RateLimiter::Unit::Requests, 60, 1, start);
  EXPECT_FALSE(refused.is_allowed);
  EXPECT_EQ(refused.state.retry_after, Duration(1'000));
  EXPECT_FALSE(limiter.take(key, RateLimiter::Unit::Requests, 60, 1, start + Duration(999)).is_allowed);
  EXPECT_TRUE(limiter.take(key, RateLimiter::Unit::Requests, 60, 1, start + Duration(1'000)).is_allowed);
}

TEST(RateLimiter, NeverLetsMoreThanTheLimitThroughInAnyMinuteAfterTheBurst) {
  RateLimiter limiter;
  const auto key = Id::generate();
  int allowed = 0;
  for (int ms = 0; ms < 120'000; ms += 7) {
    if (limiter.take(key, RateLimiter::Unit::Requests, 90, 1, start + Duration(ms)).is_allowed) ++allowed;
  }
  EXPECT_LE(allowed, 90 + 180);
  EXPECT_GE(allowed, 90 + 175);
}

TEST(RateLimiter, KeysAndUnitsAreApart) {
  RateLimiter limiter;
  const auto a = Id::generate(), b = Id::generate();
  EXPECT_TRUE(limiter.take(a, RateLimiter::Unit::Requests, 1, 1, start).is_allowed);
  EXPECT_FALSE(limiter.take(a, RateLimiter::Unit::Requests, 1, 1, start).is_allowed);
  EXPECT_TRUE(limiter.take(a, RateLimiter::Unit::Tokens, 1, 1, start).is_allowed);
  EXPECT_TRUE(limiter.take(b, RateLimiter::Unit::Requests, 1, 1, start).is_allowed);
}

TEST(RateLimiter, AnAmountAboveTheLimitPassesAloneAndIsPaidForAfterwards) {
  RateLimiter limiter;
  const auto key = Id::generate();
  EXPECT_TRUE(limiter.take(key, RateLimiter::Unit::Tokens, 100, 250, start).is_allowed);
  EXPECT_FALSE(limiter.take(key, RateLimiter::Unit::Tokens, 100, 1, start + Duration(90'000)).is_allowed);
  EXPECT_TRUE(limiter.take(key, RateLimiter::Unit::Tokens, 100, 1, start + Duration(91'000)).is_allowed);
}

TEST(RateLimiter, ForgetsIdleKeys) {
  RateLimiter limiter;
  for (int i = 0; i < 5'000; ++i) {
    EXPECT_TRUE(limiter.take(Id::generate(), RateLimiter::Unit::Requests, 10, 1, start + Duration(i * 10)).is_allowed);
  }
}

}  // namespace
}  // namespace millwright::gateway
