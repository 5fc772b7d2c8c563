#include "features/gateway/limit_meter.hpp"

#include <random>

#include <gtest/gtest.h>

namespace millwright::gateway {
namespace {

constexpr Timestamp start = Timestamp(std::chrono::hours(480'000));

MeterRule rate(std::int64_t amount, LimitPeriod per = LimitPeriod::Minute) { return {amount, per, nullptr}; }

/// Asks, and uses when allowed.
bool take(Meter& meter, const MeterRule& rule, std::int64_t amount, Timestamp now) {
  const bool is_allowed = ask(meter, rule, amount, now).is_allowed;
  if (is_allowed) use(meter, rule, amount, now);
  return is_allowed;
}

TEST(LimitMeter, AnyLimitPassesAtOnceAsAWholeAndThenOneAtATime) {
  for (const std::int64_t amount : {1, 3, 7, 60, 61, 999'983}) {
    Meter meter;
    const auto rule = rate(amount);
    EXPECT_TRUE(take(meter, rule, amount - 1, start)) << amount;
    EXPECT_TRUE(take(meter, rule, 1, start)) << amount;
    EXPECT_EQ(state_of(meter, rule, start).remaining, 0) << amount;
    EXPECT_FALSE(take(meter, rule, 1, start)) << amount;
    EXPECT_EQ(state_of(meter, rule, start + std::chrono::minutes(1)).remaining, amount);
  }
}

TEST(LimitMeter, RetryAfterIsExactToTheMillisecond) {
  std::mt19937_64 random(7);
  const auto zone = TimeZone::find("Europe/Berlin").value();
  for (int round = 0; round < 2'000; ++round) {
    const auto per = static_cast<LimitPeriod>(random() % 5);
    const MeterRule rule{static_cast<std::int64_t>(1 + random() % 500), per, zone.get()};
    Meter meter;
    auto now = start + std::chrono::microseconds(random() % 100'000'000'000);
    const auto refused = [&]() -> std::optional<MeterVerdict> {
      for (int i = 0; i < 1'000; ++i) {
        const auto amount = static_cast<std::int64_t>(1 + random() % (rule.amount * 2));
        const auto verdict = ask(meter, rule, amount, now);
        if (!verdict.is_allowed) {
          Meter earlier = meter, later = meter;
          EXPECT_TRUE(verdict.is_exact);
          EXPECT_GT(verdict.retry_after, Duration(0));
          EXPECT_FALSE(ask(earlier, rule, amount, now + verdict.retry_after - Duration(1)).is_allowed) << round;
          EXPECT_TRUE(ask(later, rule, amount, now + verdict.retry_after).is_allowed) << round;
          return verdict;
        }
        use(meter, rule, amount, now);
        now += std::chrono::microseconds(random() % 1'000);
      }
      return std::nullopt;
    }();
    ASSERT_TRUE(refused) << round;
  }
}

TEST(LimitMeter, NeverMoreThanTheLimitAndWhatDrainedInAnyWindow) {
  std::mt19937_64 random(11);
  const auto rule = rate(90);
  Meter meter;
  std::vector<std::pair<std::int64_t, std::int64_t>> used;  // when, how much
  for (std::int64_t ms = 0; ms < 240'000; ms += static_cast<std::int64_t>(random() % 400)) {
    const auto amount = static_cast<std::int64_t>(1 + random() % 5);
    if (take(meter, rule, amount, start + Duration(ms))) used.emplace_back(ms, amount);
  }
  for (std::size_t from = 0; from < used.size(); ++from) {
    std::int64_t sum = 0;
    for (std::size_t to = from; to < used.size(); ++to) {
      sum += used[to].second;
      EXPECT_LE(sum * 60'000, rule.amount * (60'000 + used[to].first - used[from].first));
    }
  }
}

TEST(LimitMeter, WhatIsHeldCountsInFullUntilItIsSettledAndNeverGivesBackMore) {
  // 100 held at 0 s and settled at 30 s as nothing: the bucket is as if it had never been asked.
  Meter meter;
  const auto rule = rate(100);
  ASSERT_TRUE(ask(meter, rule, 100, start).is_allowed);
  const auto mark = hold(meter, rule, 100, start);
  const auto blocked = ask(meter, rule, 1, start + Duration(30'000));
  EXPECT_FALSE(blocked.is_allowed);
  EXPECT_FALSE(blocked.is_exact);
  settle(meter, rule, 100, mark, 0, start + Duration(30'000));
  EXPECT_TRUE(take(meter, rule, 100, start + Duration(30'000)));
  EXPECT_FALSE(take(meter, rule, 1, start + Duration(30'000)));
}

TEST(LimitMeter, RealUseAboveWhatWasHeldIsPaidForAfterwards) {
  Meter meter;
  const auto rule = rate(100);
  const auto mark = hold(meter, rule, 10, start);
  settle(meter, rule, 10, mark, 250, start);
  EXPECT_EQ(ask(meter, rule, 1, start).retry_after, Duration(90'600));
}

TEST(LimitMeter, AnAmountAboveTheLimitPassesAlone) {
  Meter meter;
  const auto rule = rate(100);
  EXPECT_TRUE(take(meter, rule, 250, start));
  EXPECT_FALSE(take(meter, rule, 1, start + Duration(90'000)));
  EXPECT_TRUE(take(meter, rule, 1, start + Duration(90'600)));
}

TEST(LimitMeter, AQuotaBeginsAnewWithTheDayThereAndSettlesWhereItWasHeld) {
  const auto zone = TimeZone::find("Europe/Berlin").value();
  const MeterRule rule{10, LimitPeriod::Day, zone.get()};
  Meter meter;
  const auto evening = parse_time("2026-07-01T21:59:00Z").value();
  EXPECT_TRUE(take(meter, rule, 6, evening));
  const auto mark = hold(meter, rule, 4, evening);
  EXPECT_EQ(state_of(meter, rule, evening).remaining, 0);
  EXPECT_FALSE(ask(meter, rule, 1, evening).is_exact);  // what is held may come back today
  const auto midnight = evening + std::chrono::minutes(1);
  EXPECT_TRUE(take(meter, rule, 10, midnight));
  settle(meter, rule, 4, mark, 4, midnight);  // of yesterday
  EXPECT_EQ(meter.used, 10);
  EXPECT_EQ(meter.held, 0);
  EXPECT_EQ(ask(meter, rule, 1, midnight).retry_after, std::chrono::hours(24));
}

TEST(LimitMeter, AClockSetBackGivesNothing) {
  Meter meter;
  const auto rule = rate(60);
  EXPECT_TRUE(take(meter, rule, 60, start));
  EXPECT_FALSE(take(meter, rule, 1, start - std::chrono::hours(1)));
  EXPECT_TRUE(take(meter, rule, 1, start + Duration(1'000)));
}

}  // namespace
}  // namespace millwright::gateway
