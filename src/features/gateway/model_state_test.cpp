#include "features/gateway/model_state.hpp"

#include <thread>

#include <gtest/gtest.h>

#include "features/gateway/config.hpp"

namespace millwright::gateway {
namespace {

TEST(PeakEwma, RisesAtOnceAndFallsSlowly) {
  PeakEwma ewma;
  EXPECT_EQ(ewma.value(0), 0);
  ewma.record(100, 1'000);
  EXPECT_NEAR(ewma.value(1'000), 100, 1e-3);
  ewma.record(900, 1'100);
  EXPECT_NEAR(ewma.value(1'100), 900, 1e-3) << "a rise counts whole";
  ewma.record(100, 1'200);
  EXPECT_GT(ewma.value(1'200), 850) << "one good answer forgives little";
  EXPECT_LT(ewma.value(31'200), 60) << "what nobody has seen for long is asked again";
  EXPECT_NEAR(ewma.value(0), ewma.value(1'200), 1e-3) << "another loop's clock may be behind";
}

TEST(Quantiles, KnowNothingAtFirstAndThenTheSlowTail) {
  LatencyQuantiles quantiles;
  for (int i = 0; i < 19; ++i) quantiles.record(Duration(100));
  EXPECT_FALSE(quantiles.quantile(0.95));
  for (int i = 0; i < 81; ++i) quantiles.record(Duration(100));
  EXPECT_NEAR(static_cast<double>(quantiles.quantile(0.95)->count()), 100, 20);
  for (int i = 0; i < 10; ++i) quantiles.record(Duration(2'000));
  EXPECT_NEAR(static_cast<double>(quantiles.quantile(0.95)->count()), 2'000, 400);
  EXPECT_NEAR(static_cast<double>(quantiles.quantile(0.5)->count()), 100, 20);
  for (int i = 0; i < 10'000; ++i) quantiles.record(Duration(10));
  EXPECT_LT(quantiles.quantile(0.95)->count(), 13) << "old samples lose their weight";
  quantiles.record(Duration(0));
  quantiles.record(Duration(1'000'000'000));
}

TEST(ModelState, AQuickFailureIsNoSpeed) {
  ModelState state;
  state.note(Wait::Whole, Duration(200), 0);
  state.note_failure(Wait::Whole, Duration(3), 10);
  EXPECT_GE(state.expected_ms(Wait::Whole, 10), 999);
  EXPECT_EQ(state.expected_ms(Wait::FirstToken, 10), 0) << "streams are another matter";
}

TEST(ModelState, WhatWasGivenUpIsAtLeastSoSlow) {
  ModelState state;
  state.note(Wait::FirstToken, Duration(900), 0);
  state.note_at_least(Wait::FirstToken, Duration(300), 0);
  EXPECT_NEAR(state.expected_ms(Wait::FirstToken, 0), 900, 1) << "that says nothing new";
  state.note_at_least(Wait::FirstToken, Duration(2'000), 0);
  EXPECT_NEAR(state.expected_ms(Wait::FirstToken, 0), 2'000, 1);
}

TEST(ModelState, CountsWhatIsInFlight) {
  ModelState state;
  {
    const auto one = state.begin();
    auto two = state.begin();
    EXPECT_EQ(state.in_flight(), 2);
    two = Counted();
    EXPECT_EQ(state.in_flight(), 1);
  }
  EXPECT_EQ(state.in_flight(), 0);
}

TEST(ShareBucket, GivesTheShareAndTheBurst) {
  ShareBucket bucket(3);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(bucket.take());
  EXPECT_FALSE(bucket.take());
  int taken = 0;
  for (int i = 0; i < 1'000; ++i) {
    bucket.earn(2'000, 3);
    taken += bucket.take() ? 1 : 0;
  }
  EXPECT_EQ(taken, 200);
  for (int i = 0; i < 1'000; ++i) bucket.earn(2'000, 3);
  EXPECT_EQ(bucket.left(), 3.0) << "what is not used is not kept";
}

TEST(ShareBucket, IsExactUnderThreads) {
  ShareBucket bucket(0);
  std::atomic<int> taken{0};
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&] {
        for (int i = 0; i < 10'000; ++i) {
          bucket.earn(1'000, 100'000);
          if (bucket.take()) ++taken;
        }
      });
    }
  }
  EXPECT_EQ(taken + static_cast<int>(bucket.left()), 4'000);
}

TEST(SpendWindow, BeginsAnewWithEachWindow) {
  SpendWindow spend;
  const Duration hour(3'600'000);
  const auto start = from_micros(1'700'002'800'000'000);  // on the hour
  spend.add(Money::from_nano(5), hour, start);
  spend.add(Money::from_nano(7), hour, start + std::chrono::minutes(59));
  EXPECT_EQ(spend.spent(hour, start + std::chrono::minutes(50)).nano(), 12);
  EXPECT_EQ(spend.spent(hour, start + std::chrono::hours(2)).nano(), 0);
  spend.add(Money::from_nano(1), hour, start + std::chrono::hours(2));
  EXPECT_EQ(spend.spent(hour, start + std::chrono::hours(2)).nano(), 1);
}

TEST(Board, KeepsWhatStaysAndForgetsWhatGoes) {
  GatewayConfig config;
  for (const auto* name : {"a", "b"}) {
    ModelConfig model;
    model.name = name;
    config.models.push_back(model);
  }
  config.routes.push_back({.name = "r", .targets = {{"a", 1}}});
  const auto first = make_board(config, nullptr);
  config.models.erase(config.models.begin());
  const auto second = make_board(config, first.get());
  ASSERT_EQ(second->models.size(), 1u);
  EXPECT_EQ(second->models[0], first->models[1]);
  EXPECT_EQ(second->routes[0], first->routes[0]);
}

}  // namespace
}  // namespace millwright::gateway
