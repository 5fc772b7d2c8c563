#include "features/finops/budgets.hpp"

#include <random>
#include <thread>

#include <gtest/gtest.h>

namespace millwright::finops {
namespace {

class FixedClock final : public Clock {
 public:
  explicit FixedClock(std::string_view time) : now_(*parse_time(time)) {}
  [[nodiscard]] Timestamp now() const override { return now_.load(); }
  void set(std::string_view time) { now_ = *parse_time(time); }

 private:
  std::atomic<Timestamp> now_;
};

BudgetBook::LoadSettled nothing_settled() {
  return [](std::string_view, PeriodBounds) -> Result<Money> { return Money(); };
}

BudgetDefinition budget(std::string scope, std::int64_t nano, Period period = Period::Month) {
  return {std::move(scope), Money::from_nano(nano), period, {50, 75, 90}, AtLimit::Block};
}

TEST(PeriodBounds, HoldTheMomentInUtc) {
  struct Case {
    Period period;
    std::string_view now, start, end;
  };
  const std::array cases{
      Case{Period::Day, "2026-11-23T13:00:00Z", "2026-11-23T00:00:00Z", "2026-11-24T00:00:00Z"},
      Case{Period::Week, "2026-11-23T00:00:00Z", "2026-11-23T00:00:00Z", "2026-11-30T00:00:00Z"},
      Case{Period::Week, "2026-11-29T23:59:59Z", "2026-11-23T00:00:00Z", "2026-11-30T00:00:00Z"},
      Case{Period::Month, "2026-12-31T23:59:59Z", "2026-12-01T00:00:00Z", "2027-01-01T00:00:00Z"},
      Case{Period::Month, "2028-02-29T12:00:00Z", "2028-02-01T00:00:00Z", "2028-03-01T00:00:00Z"},
  };
  for (const auto& c : cases) {
    const auto bounds = period_bounds(c.period, *parse_time(c.now));
    EXPECT_EQ(render_time(bounds.start), c.start);
    EXPECT_EQ(render_time(bounds.end), c.end);
  }
}

TEST(BudgetBook, ReservesOnAllScopesOrNone) {
  const FixedClock clock("2026-11-23T13:00:00Z");
  BudgetBook book(clock, nothing_settled());
  ASSERT_TRUE(book.replace({budget("use_case/a", 100), budget("team/t", 50)}));
  const auto scopes = book.find({"use_case/a", "team/t", "key/unlimited"});
  ASSERT_EQ(scopes.size(), 2u);
  EXPECT_FALSE(book.reserve(scopes, Money::from_nano(40)));
  const auto refused = book.reserve(scopes, Money::from_nano(20));   // the team has 10 left
  ASSERT_TRUE(refused);
  EXPECT_TRUE(refused->may_come) << "40 are only reserved";
  for (const auto& status : book.status()) EXPECT_EQ(status.reserved.nano(), 40) << status.definition.scope;
}

TEST(BudgetBook, WhatIsSpentNeverComesBack) {
  const FixedClock clock("2026-11-23T13:00:00Z");
  BudgetBook book(clock, nothing_settled());
  ASSERT_TRUE(book.replace({budget("use_case/a", 100)}));
  const auto scopes = book.find({"use_case/a"});
  EXPECT_FALSE(book.reserve(scopes, Money::from_nano(90)));
  book.settle(scopes, Money::from_nano(90), Money::from_nano(85), [](const Crossing&) {});
  const auto refused = book.reserve(scopes, Money::from_nano(20));
  ASSERT_TRUE(refused);
  EXPECT_FALSE(refused->may_come);
}

TEST(BudgetBook, FreeCallsAlwaysFit) {
  const FixedClock clock("2026-11-23T13:00:00Z");
  BudgetBook book(clock, [](std::string_view, PeriodBounds) -> Result<Money> { return Money::from_nano(500); });
  ASSERT_TRUE(book.replace({budget("use_case/a", 100)}));
  EXPECT_FALSE(book.reserve(book.find({"use_case/a"}), Money()));
}

TEST(BudgetBook, ANewPeriodStartsEmptyButKeepsReservations) {
  FixedClock clock("2026-11-30T23:59:59Z");
  BudgetBook book(clock, [](std::string_view, PeriodBounds) -> Result<Money> { return Money::from_nano(95); });
  ASSERT_TRUE(book.replace({budget("use_case/a", 100)}));
  const auto scopes = book.find({"use_case/a"});
  EXPECT_FALSE(book.reserve(scopes, Money::from_nano(5)));
  clock.set("2026-12-01T00:00:00Z");
  EXPECT_TRUE(book.reserve(scopes, Money::from_nano(96))) << "5 are still reserved";
  EXPECT_FALSE(book.reserve(scopes, Money::from_nano(95)));
}

TEST(BudgetBook, EachThresholdIsCrossedOnce) {
  const FixedClock clock("2026-11-23T13:00:00Z");
  BudgetBook book(clock, nothing_settled());
  ASSERT_TRUE(book.replace({budget("use_case/a", 1000)}));
  const auto scopes = book.find({"use_case/a"});
  std::vector<int> crossed;
  for (int i = 0; i < 100; ++i) {
    ASSERT_FALSE(book.reserve(scopes, Money::from_nano(10)));
    book.settle(scopes, Money::from_nano(10), Money::from_nano(10),
                [&](const Crossing& crossing) { crossed.push_back(crossing.percent); });
  }
  EXPECT_EQ(crossed, (std::vector<int>{50, 75, 90}));
}

TEST(BudgetBook, ReplacingKeepsSumsAndTakesTheNewLimit) {
  const FixedClock clock("2026-11-23T13:00:00Z");
  BudgetBook book(clock, nothing_settled());
  ASSERT_TRUE(book.replace({budget("use_case/a", 100)}));
  const auto scopes = book.find({"use_case/a"});
  ASSERT_FALSE(book.reserve(scopes, Money::from_nano(60)));
  book.settle(scopes, Money::from_nano(60), Money::from_nano(60), [](const Crossing&) {});
  ASSERT_TRUE(book.replace({budget("use_case/a", 70)}));
  EXPECT_TRUE(book.reserve(book.find({"use_case/a"}), Money::from_nano(20)));
  EXPECT_FALSE(book.reserve(book.find({"use_case/a"}), Money::from_nano(10)));
}

/// The invariant itself: threads reserve, settle for less, and release at random; no scope ever holds more than its
/// limit, and in the end the sums are what was settled.
TEST(BudgetBook, NeverOvershootsUnderConcurrency) {
  const FixedClock clock("2026-11-23T13:00:00Z");
  BudgetBook book(clock, nothing_settled());
  constexpr std::int64_t limit = 100'000;
  ASSERT_TRUE(book.replace({budget("use_case/a", limit), budget("use_case/b", limit), budget("team/t", limit)}));
  std::atomic<std::int64_t> settled_a = 0, settled_b = 0;
  std::atomic<bool> is_broken = false;
  const auto work = [&](unsigned seed) {
    std::mt19937 random(seed);
    for (int i = 0; i < 20'000; ++i) {
      const bool is_a = random() % 2 == 0;
      const auto scopes = book.find({is_a ? "use_case/a" : "use_case/b", "team/t"});
      const auto amount = Money::from_nano(1 + random() % 500);
      if (book.reserve(scopes, amount)) continue;
      for (const auto& status : book.status()) {
        if (status.settled + status.reserved > status.definition.limit) is_broken = true;
      }
      if (random() % 3 == 0) {
        book.release(scopes, amount);
        continue;
      }
      const auto cost = Money::from_nano(static_cast<std::int64_t>(random()) % (amount.nano() + 1));
      book.settle(scopes, amount, cost, [](const Crossing&) {});
      (is_a ? settled_a : settled_b) += cost.nano();
    }
  };
  std::vector<std::thread> threads;
  for (unsigned seed = 1; seed <= 4; ++seed) threads.emplace_back(work, seed);
  for (auto& thread : threads) thread.join();
  EXPECT_FALSE(is_broken);
  for (const auto& status : book.status()) {
    EXPECT_EQ(status.reserved.nano(), 0) << status.definition.scope;
    const auto expected = status.definition.scope == "use_case/a"   ? settled_a.load()
                          : status.definition.scope == "use_case/b" ? settled_b.load()
                                                                    : settled_a + settled_b;
    EXPECT_EQ(status.settled.nano(), expected) << status.definition.scope;
  }
}

}  // namespace
}  // namespace millwright::finops
