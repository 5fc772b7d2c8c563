#include "features/gateway/limits_config.hpp"

#include <gtest/gtest.h>

namespace millwright::gateway {
namespace {

struct Parsed {
  std::vector<LimitConfig> limits;
  config::Faults faults;
};

Parsed parse(std::string_view entry) {
  const LimitNames names{{"it", "hr"}, {"helpdesk", "batch-a", "batch-b"}, {"small", "large"}};
  Parsed parsed;
  auto tree = config::parse_yaml(fmt::format("limits:\n  - {}\n", entry), "test.yaml");
  if (tree) tree = config::validate(std::move(*tree), {limits_section()});
  if (!tree)
    parsed.faults = tree.error();
  else
    parsed.limits = parse_limits((*tree)["limits"], names, parsed.faults);
  return parsed;
}

TEST(LimitsConfig, ReadsRates) {
  const std::pair<const char*, LimitRate> good[] = {
      {"60 per minute", {60, LimitPeriod::Minute}},   {"1 per second", {1, LimitPeriod::Second}},
      {"100k per day", {100'000, LimitPeriod::Day}},  {"1.5M per month", {1'500'000, LimitPeriod::Month}},
      {"2.25k per hour", {2'250, LimitPeriod::Hour}}, {"  7  per  minute ", {7, LimitPeriod::Minute}},
  };
  for (const auto& [text, rate] : good) {
    const auto parsed = parse_limit_rate(text);
    ASSERT_TRUE(parsed) << text;
    EXPECT_EQ(*parsed, rate) << text;
    EXPECT_EQ(*parse_limit_rate(render_limit_rate(*parsed)), rate);
  }
  for (const auto* text : {"", "60", "60/minute", "0 per minute", "-1 per minute", "1.5 per minute", "1.2345k per day",
                           "60 per week", "60 per minutes", "k per day", ".5k per day", "1.k per day", "1..5k per day",
                           "99999999999999999999 per day", "9999999G per day", "5 K per day", "60 a minute"}) {
    EXPECT_FALSE(parse_limit_rate(text)) << text;
  }
}

TEST(LimitsConfig, ReadsAWholeLimit) {
  const auto parsed = parse(
      "{name: bulk, scope: use_case, match: \"batch-*\", requests: 10k per day, tokens: 5M per month, concurrent: 4, "
      "max_prompt_tokens: 8000, max_prompt: 64KiB, max_output_tokens: 512, time_zone: Europe/Berlin}");
  ASSERT_TRUE(parsed.faults.empty()) << describe(parsed.faults[0]);
  const auto& limit = parsed.limits.at(0);
  EXPECT_EQ(limit.scope, LimitScope::UseCase);
  EXPECT_EQ(limit.match, "batch-*");
  EXPECT_EQ(limit.requests->amount, 10'000);
  EXPECT_EQ(limit.tokens->per, LimitPeriod::Month);
  EXPECT_EQ(limit.concurrent, 4);
  EXPECT_EQ(limit.prompt_tokens_max, 8'000);
  EXPECT_EQ(limit.prompt_bytes_max, 65'536);
  EXPECT_EQ(limit.output_tokens_max, 512);
  EXPECT_EQ(limit.zone->name(), "Europe/Berlin");
}

struct Fault {
  const char* entry;
  const char* field;
  const char* says;
};
class LimitFault : public testing::TestWithParam<Fault> {};

TEST_P(LimitFault, IsToldAtItsPlace) {
  const auto& expected = GetParam();
  const auto parsed = parse(expected.entry);
  ASSERT_FALSE(parsed.faults.empty());
  EXPECT_EQ(parsed.faults[0].where.field, expected.field);
  EXPECT_NE(describe(parsed.faults[0]).find(expected.says), std::string::npos) << describe(parsed.faults[0]);
  EXPECT_EQ(parsed.faults[0].where.line, 2u);
}

INSTANTIATE_TEST_SUITE_P(
    Faults, LimitFault,
    testing::Values(Fault{"{name: a, scope: all}", "limits[0]", "limits nothing"},
                    Fault{"{name: a, scope: all, match: it, concurrent: 1}", "limits[0].match", "no members"},
                    Fault{"{name: a, scope: team, match: itt, concurrent: 1}", "limits[0].match",
                          "Did you mean \"it\"?"},
                    Fault{"{name: a, scope: model, match: \"gpt-*\", concurrent: 1}", "limits[0].match",
                          "There are: large, small."},
                    Fault{"{name: a, scope: use_case, match: helpdsk, concurrent: 1}", "limits[0].match", "helpdesk"},
                    Fault{"{name: a, scope: user, requests: sixty}", "limits[0].requests", "60 per minute"},
                    Fault{"{name: a, scope: user, requests: 5 per day, time_zone: Europe/Berlim}",
                          "limits[0].time_zone", "no time zone"},
                    Fault{"{name: a, scope: user, requests: 5 per hour, time_zone: Europe/Berlin}",
                          "limits[0].time_zone", "says nothing here"},
                    Fault{"{name: a, scope: everyone, concurrent: 1}", "limits[0].scope", "everyone"},
                    Fault{"{name: a, scope: user, concurrent: 0}", "limits[0].concurrent", "1"},
                    Fault{"{name: a, scope: user, request: 5 per day}", "limits[0].request", "requests"}));

}  // namespace
}  // namespace millwright::gateway
