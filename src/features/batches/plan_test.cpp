#include "features/batches/plan.hpp"

#include <gtest/gtest.h>

namespace millwright::batches {
namespace {

using std::chrono::hours, std::chrono::minutes;

const Timestamp noon = *parse_time("2026-11-25T12:00:00Z");   // a Wednesday

/// Half price from 16:30 on weekdays.
finops::ModelPrice night_price() {
  finops::ModelPrice price;
  price.input = {1'000};
  price.output = {2'000};
  finops::PriceVariant cheap;
  cheap.hours.push_back({16 * 60 + 30, 24 * 60, 0x1f});
  cheap.rates = price;
  cheap.rates.input = {500};
  price.variants.push_back(cheap);
  return price;
}

TEST(PriceHours, FindsTheNextCheapHour) {
  auto hours_now = price_hours(night_price(), noon);
  EXPECT_TRUE(hours_now.has_cheaper);
  EXPECT_FALSE(hours_now.is_cheap_now);
  EXPECT_EQ(hours_now.next_cheap, noon + hours(4) + minutes(30));
  EXPECT_TRUE(price_hours(night_price(), noon + hours(5)).is_cheap_now);
  // From Friday night to Monday.
  const auto saturday = noon + hours(72);
  EXPECT_EQ(price_hours(night_price(), saturday).next_cheap, saturday + hours(48) + hours(4) + minutes(30));
}

TEST(PriceHours, DearerHoursOfAnotherTierAreNone) {
  auto price = night_price();
  price.variants[0].tier = finops::ServiceTier::Batch;
  EXPECT_FALSE(price_hours(price, noon).has_cheaper);
  price = night_price();
  price.variants[0].rates.output = {9'000};
  EXPECT_FALSE(price_hours(price, noon).has_cheaper);
  EXPECT_FALSE(price_hours(finops::ModelPrice{}, noon).has_cheaper);
}

PlanFacts facts_at(Timestamp now) {
  PlanFacts facts;
  facts.now = now;
  facts.deadline = noon + hours(24);
  facts.hours = price_hours(night_price(), now);
  facts.lines_left = 100;
  facts.line_time = Duration(1'000);
  facts.concurrent = 10;
  return facts;
}

TEST(Plan, WaitsForCheapHours) {
  const auto waits = plan(facts_at(noon));
  EXPECT_EQ(waits.action, Plan::Action::Wait);
  EXPECT_EQ(waits.until, noon + hours(4) + minutes(30));
  EXPECT_EQ(plan(facts_at(noon + hours(5))).action, Plan::Action::Run);
}

TEST(Plan, ADeadlineGoesBeforeThePriceUnlessOnlyThePriceCounts) {
  auto facts = facts_at(noon);
  facts.deadline = noon + hours(2);
  auto waits = plan(facts);
  EXPECT_EQ(waits.action, Plan::Action::Wait);
  EXPECT_EQ(waits.until, latest_start(facts));
  facts.now = latest_start(facts);
  EXPECT_EQ(plan(facts).action, Plan::Action::Run);
  facts.off_peak = OffPeak::Only;
  EXPECT_EQ(plan(facts).action, Plan::Action::Wait);
  facts.now = facts.deadline;
  EXPECT_EQ(plan(facts).action, Plan::Action::Expire);
}

TEST(Plan, RunsAtOnceWhenHoursDoNotMatter) {
  auto facts = facts_at(noon);
  facts.off_peak = OffPeak::Ignore;
  EXPECT_EQ(plan(facts).action, Plan::Action::Run);
  facts.off_peak = OffPeak::Only;
  facts.hours = {};
  EXPECT_EQ(plan(facts).action, Plan::Action::Run);
}

TEST(Plan, MoreLinesStartEarlier) {
  auto facts = facts_at(noon);
  EXPECT_EQ(latest_start(facts), facts.deadline - minutes(1));
  facts.lines_left = 50'000;   // 5,000 rounds of a second, twice
  EXPECT_EQ(latest_start(facts), facts.deadline - Duration(10'000'000));
}

TEST(NextTurn, GoesRoundTheOwnersWhateverTheirBatches) {
  // One owner with three batches, another with one: they take turns.
  std::vector<Waiting> waiting{{"a", 0, 0, 0}, {"a", 0, 0, 0}, {"a", 0, 0, 0}, {"b", 0, 0, 0}};
  std::map<std::string, int> lines;
  std::map<std::size_t, int> batches;
  for (std::uint64_t turn = 1; turn <= 12; ++turn) {
    const auto next = next_turn(waiting);
    ASSERT_TRUE(next);
    ++lines[waiting[*next].owner];
    ++batches[*next];
    const auto owner = waiting[*next].owner;
    waiting[*next].last_turn = turn;
    for (auto& one : waiting) {
      if (one.owner == owner) one.last_owner_turn = turn;
    }
  }
  EXPECT_EQ(lines["a"], 6);
  EXPECT_EQ(lines["b"], 6);
  for (const std::size_t batch : {0u, 1u, 2u}) EXPECT_EQ(batches[batch], 2) << batch;
  EXPECT_FALSE(next_turn({}));
}

TEST(NextTurn, PrefersWhoHasFewestInFlight) {
  EXPECT_EQ(next_turn({{"a", 3, 0, 0}, {"b", 1, 9, 9}}), 1u);
}

TEST(Patience, DoublesAndListens) {
  EXPECT_EQ(patience(1, {}), Duration(1'000));
  EXPECT_EQ(patience(3, {}), Duration(4'000));
  EXPECT_EQ(patience(40, {}), Duration(60'000));
  EXPECT_EQ(patience(1, Duration(90'000)), Duration(90'000));
}

}  // namespace
}  // namespace millwright::batches
