#include "features/gateway/limits.hpp"

#include <gtest/gtest.h>

namespace millwright::gateway {
namespace {

Timestamp at(std::string_view text) { return parse_time(text).value(); }

LimitConfig config_of(std::string name, LimitScope scope, std::optional<LimitRate> requests,
                      std::optional<LimitRate> tokens = {}, std::string match = {}) {
  LimitConfig config;
  config.name = std::move(name);
  config.scope = scope;
  config.match = std::move(match);
  config.requests = requests;
  config.tokens = tokens;
  config.zone = TimeZone::find("UTC").value();
  return config;
}

Result<std::vector<finops::UseSum>> nothing(Timestamp) { return std::vector<finops::UseSum>(); }

/// How many requests one member has left.
std::int64_t left(Limits& limits, const LimitSet& set, LimitScope scope, std::string_view member, Timestamp now) {
  const auto ask = set.of(scope).at(0).ask(member, 0);
  return limits.counters().states({&ask, 1}, now).requests->remaining;
}

void take(Limits& limits, const LimitSet& set, LimitScope scope, std::string_view member, Timestamp now) {
  const auto ask = set.of(scope).at(0).ask(member, 0);
  CallRates states;
  EXPECT_TRUE(limits.counters().take({&ask, 1}, now, states));
}

TEST(Limits, QuotasAreCountedFromTheLedgerOnceAndKeptAcrossChanges) {
  Limits limits;
  const auto now = at("2026-11-25T10:00:00Z");
  std::vector<Timestamp> asked;
  const auto load = [&](Timestamp from) -> Result<std::vector<finops::UseSum>> {
    asked.push_back(from);
    finops::UseSum mini{"helpdesk", "it", "ada", "key-1", "small", false, 5, 6, 700};
    finops::UseSum maxi = mini;
    maxi.model = "large";
    return std::vector{mini, maxi};
  };
  auto config =
      config_of("daily", LimitScope::User, LimitRate{100, LimitPeriod::Day}, LimitRate{10'000, LimitPeriod::Month});
  const auto first = limits.prepare({config}, nullptr, load, now).value();
  EXPECT_EQ(asked, (std::vector{at("2026-11-01T00:00:00Z"), at("2026-11-25T00:00:00Z")}));
  EXPECT_EQ(left(limits, *first, LimitScope::User, "ada", now), 90);
  const auto ask = first->of(LimitScope::User).at(0).ask("ada", 0);
  EXPECT_EQ(limits.counters().states({&ask, 1}, now).tokens->remaining, 10'000 - 1'400);
  take(limits, *first, LimitScope::User, "ada", now);

  config.requests->amount = 50;  // the same limit with another amount goes on
  const auto second = limits.prepare({config}, first.get(), load, now).value();
  EXPECT_EQ(asked.size(), 2u);
  EXPECT_EQ(left(limits, *second, LimitScope::User, "ada", now), 39);
  EXPECT_EQ(left(limits, *second, LimitScope::User, "ada", now + std::chrono::hours(14)), 50);
}

TEST(Limits, ModelsCountRowsOfTheLedgerAndOthersCalls) {
  Limits limits;
  const auto now = at("2026-11-25T10:00:00Z");
  const auto load = [](Timestamp) -> Result<std::vector<finops::UseSum>> {
    return std::vector{finops::UseSum{"helpdesk", "it", "ada", "key-1", "small", false, 5, 6, 700}};
  };
  const auto set = limits
                       .prepare({config_of("per-model", LimitScope::Model, LimitRate{100, LimitPeriod::Day}),
                                 config_of("whole", LimitScope::All, LimitRate{100, LimitPeriod::Day})},
                                nullptr, load, now)
                       .value();
  EXPECT_EQ(left(limits, *set, LimitScope::Model, "small", now), 94);
  EXPECT_EQ(left(limits, *set, LimitScope::All, "", now), 95);
}

TEST(Limits, ALedgerThatCannotBeReadChangesNothing) {
  Limits limits;
  const auto load = [](Timestamp) -> Result<std::vector<finops::UseSum>> {
    return fail(ErrorCode::Unavailable, "gone");
  };
  const auto made =
      limits.prepare({config_of("daily", LimitScope::User, LimitRate{1, LimitPeriod::Day})}, nullptr, load, {});
  EXPECT_FALSE(made);
}

TEST(Limits, BindWhoTheyMatch) {
  Limits limits;
  const auto set =
      limits
          .prepare({config_of("some", LimitScope::UseCase, LimitRate{1, LimitPeriod::Minute}, {}, "batch-*"),
                    config_of("users", LimitScope::User, LimitRate{1, LimitPeriod::Minute}),
                    config_of("whole", LimitScope::All, LimitRate{1, LimitPeriod::Minute})},
                   nullptr, nothing, {})
          .value();
  const auto& use_cases = set->of(LimitScope::UseCase).at(0);
  EXPECT_TRUE(use_cases.binds("batch-a"));
  EXPECT_FALSE(use_cases.binds("helpdesk"));
  EXPECT_FALSE(use_cases.binds(""));
  EXPECT_TRUE(set->of(LimitScope::User).at(0).binds(""));  // the nameless are one member together
  EXPECT_TRUE(set->of(LimitScope::All).at(0).binds("anything"));
}

TEST(Limits, ShowsTheBusiestMembersFirst) {
  Limits limits;
  const auto now = at("2026-11-25T10:00:00Z");
  const auto set =
      limits.prepare({config_of("users", LimitScope::User, LimitRate{10, LimitPeriod::Minute})}, nullptr, nothing, now)
          .value();
  for (const auto& [user, times] : {std::pair{"ada", 2}, std::pair{"bob", 5}, std::pair{"eve", 1}}) {
    for (int i = 0; i < times; ++i) take(limits, *set, LimitScope::User, user, now);
  }
  const auto uses = limits.use_of(*set, 2, now);
  ASSERT_EQ(uses.size(), 1u);
  EXPECT_EQ(uses[0].members_total, 3u);
  ASSERT_EQ(uses[0].members.size(), 2u);
  EXPECT_EQ(uses[0].members[0].member, "bob");
  EXPECT_EQ(uses[0].members[1].member, "ada");
}

TEST(Limits, RefusalsSayWhichLimitAndUntilWhen) {
  const auto now = at("2026-11-25T10:00:00Z");
  LimitRefusal refusal{"limit:daily", LimitedUnit::Tokens, {5, LimitPeriod::Day, nullptr}, 5, std::chrono::hours(14),
                       true};
  const auto error = refusal_error(refusal, now);
  EXPECT_EQ(error.code, ErrorCode::RateLimited);
  EXPECT_EQ(error.rule, "limit:daily");
  EXPECT_EQ(error.message, "the limit daily admits 5 tokens per day");
  EXPECT_EQ(error.fix, "It begins anew at 2026-11-26T00:00:00Z.");
  refusal.is_exact = false;
  EXPECT_NE(refusal_error(refusal, now).fix.find("held by calls that run"), std::string::npos);
}

}  // namespace
}  // namespace millwright::gateway
