#include "features/gateway/limit_counters.hpp"

#include <atomic>
#include <random>
#include <thread>

#include <gtest/gtest.h>

namespace millwright::gateway {
namespace {

constexpr Timestamp start = Timestamp(std::chrono::hours(480'000));

LimitAsk ask_of(std::uint32_t counter, std::string_view member, std::int64_t requests, std::int64_t tokens = 0,
                std::int64_t amount = 0, std::int64_t concurrent = 0) {
  LimitAsk ask;
  ask.counter = counter;
  ask.name = "limit:test";
  ask.member = member;
  ask.requests.amount = requests;
  ask.tokens.amount = tokens;
  ask.token_amount = amount;
  ask.concurrent = concurrent;
  return ask;
}

std::int64_t left(LimitCounters& counters, const LimitAsk& ask, Timestamp now = start) {
  return counters.states({&ask, 1}, now).requests->remaining;
}

TEST(LimitCounters, ARefusalByOneLimitTakesNothingOfTheOthers) {
  LimitCounters counters;
  const std::array asks{ask_of(1, "ada", 10, 1'000, 100, 4), ask_of(2, "it", 2), ask_of(3, "", 0, 0, 0, 5)};
  CallRates states;
  std::vector<LimitHold> holds;
  for (int i = 0; i < 2; ++i) {
    auto taken = counters.take(asks, start, states);
    ASSERT_TRUE(taken);
    holds.push_back(std::move(*taken));
  }
  const auto refused = counters.take(asks, start, states);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().name, "limit:test");
  EXPECT_EQ(refused.error().retry_after, Duration(30'000));
  EXPECT_EQ(left(counters, asks[0]), 8);
  EXPECT_EQ(counters.states({asks.data(), 1}, start).tokens->remaining, 800);
  for (const auto& use : counters.list(start)) {
    if (use.counter != 2) EXPECT_EQ(use.running, 2) << use.counter;
  }
  holds.clear();
  for (const auto& use : counters.list(start)) EXPECT_EQ(use.running, 0) << use.counter;
}

TEST(LimitCounters, RetryAfterIsThatOfTheLimitWhichTakesLongest) {
  LimitCounters counters;
  const std::array asks{ask_of(1, "ada", 60), ask_of(2, "ada", 6)};
  CallRates states;
  for (int i = 0; i < 6; ++i) ASSERT_TRUE(counters.take(asks, start, states));
  const auto refused = counters.take(asks, start, states);
  ASSERT_FALSE(refused);
  const auto wait = refused.error().retry_after;
  EXPECT_FALSE(counters.take(asks, start + wait - Duration(1), states));
  EXPECT_TRUE(counters.take(asks, start + wait, states));
}

TEST(LimitCounters, HeldTokensBecomeTheRealUse) {
  LimitCounters counters;
  const auto ask = ask_of(1, "ada", 0, 1'000, 900);
  const auto tokens_left = [&]() { return counters.states({&ask, 1}, start).tokens->remaining; };
  CallRates states;
  {
    auto hold = counters.take({&ask, 1}, start, states);
    ASSERT_TRUE(hold);
    EXPECT_EQ(tokens_left(), 100);
    EXPECT_FALSE(hold->has_ample_room());
    EXPECT_FALSE(counters.take({&ask, 1}, start, states));
    EXPECT_EQ(hold->settle(40, 1, start).tokens->remaining, 960);
    EXPECT_TRUE(hold->is_empty());
    EXPECT_EQ(tokens_left(), 960);
  }
  EXPECT_EQ(tokens_left(), 960);
  {
    auto abandoned = counters.take({&ask, 1}, start, states);
    ASSERT_TRUE(abandoned);
  }
  EXPECT_EQ(tokens_left(), 60);  // nobody said what it used: all it held
  {
    auto taken = counters.take({}, start, states);
    ASSERT_TRUE(taken);
    EXPECT_TRUE(taken->is_empty());
  }
}

TEST(LimitCounters, ACancelledTakeHasNeverBeen) {
  LimitCounters counters;
  const auto ask = ask_of(1, "small", 3, 100, 50, 1);
  CallRates states;
  for (int i = 0; i < 10; ++i) {
    auto hold = counters.take({&ask, 1}, start, states);
    ASSERT_TRUE(hold) << i;
    hold->cancel();
  }
  EXPECT_EQ(left(counters, ask), 3);
}

TEST(LimitCounters, ThreadsNeverPassALimitTogether) {
  LimitCounters counters;
  constexpr int threads = 4;
  constexpr std::int64_t requests = 500, places = 3;
  std::atomic<std::int64_t> admitted{0}, running{0}, most{0};
  std::atomic<bool> go{false};
  const auto work = [&](unsigned seed) {
    std::mt19937 random(seed);
    while (!go) std::this_thread::yield();
    for (int i = 0; i < 1'000; ++i) {
      const auto user = fmt::format("user-{}", random() % 5);
      const std::array asks{ask_of(1, user, 1'000'000), ask_of(2, "", requests), ask_of(3, "", 0, 0, 0, places)};
      CallRates states;
      auto hold = counters.take(asks, start, states);
      if (!hold) continue;
      ++admitted;
      const auto now = ++running;
      auto seen = most.load();
      while (seen < now && !most.compare_exchange_weak(seen, now)) {
      }
      std::this_thread::yield();
      --running;
      hold->settle(0, 1, start);
    }
  };
  std::vector<std::thread> pool;
  for (int i = 0; i < threads; ++i) pool.emplace_back(work, static_cast<unsigned>(i));
  go = true;
  for (auto& thread : pool) thread.join();
  EXPECT_LE(admitted, requests);
  EXPECT_LE(most, places);
  std::int64_t by_users = 0;
  for (const auto& use : counters.list(start)) {
    if (use.counter != 1) continue;
    auto meter = use.requests;
    by_users += 1'000'000 - state_of(meter, {1'000'000, LimitPeriod::Minute, nullptr}, start).remaining;
  }
  EXPECT_EQ(by_users, admitted);  // the refused ones took nothing of their users' limits
}

TEST(LimitCounters, MemoryIsBoundedAndNewcomersShareWhatIsLeft) {
  LimitCounters counters(640);  // ten a shard
  CallRates states;
  int admitted = 0;
  for (int i = 0; i < 20'000; ++i) {
    const auto member = fmt::format("user-{}", i);
    const auto ask = ask_of(1, member, 1);
    if (counters.take({&ask, 1}, start, states)) ++admitted;
  }
  EXPECT_LE(counters.size(), 640u + 64u);
  EXPECT_LE(admitted, 640 + 64);
  // A minute later everybody is forgotten.
  const auto ask = ask_of(1, "somebody", 1);
  EXPECT_TRUE(counters.take({&ask, 1}, start + std::chrono::minutes(2), states));
  EXPECT_TRUE(counters.list(start + std::chrono::minutes(4)).empty());
}

TEST(LimitCounters, WhatRunsIsNeverForgotten) {
  LimitCounters counters(64);
  CallRates states;
  const auto mine = ask_of(1, "mine", 0, 0, 0, 1);
  auto hold = counters.take({&mine, 1}, start, states);
  ASSERT_TRUE(hold);
  for (int i = 0; i < 5'000; ++i) {
    const auto member = fmt::format("user-{}", i);
    const auto ask = ask_of(1, member, 0, 0, 0, 1);
    (void)counters.take({&ask, 1}, start + Duration(i * 100), states);
  }
  EXPECT_FALSE(counters.take({&mine, 1}, start + std::chrono::hours(1), states));
  *hold = LimitHold();
  EXPECT_TRUE(counters.take({&mine, 1}, start + std::chrono::hours(1), states));
}

}  // namespace
}  // namespace millwright::gateway
