#include "features/evaluation/gates.hpp"

#include <gmock/gmock.h>

namespace millwright::evaluation {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// Results written as text, one letter a case: '.' passed, 'x' failed, 'E' error.
struct Bench {
  std::vector<Case> cases;
  std::vector<CaseResult> candidate, baseline;

  Bench(std::string_view outcomes, std::string_view before = {}, std::vector<std::string> tags = {"quality"}) {
    add(outcomes, before, std::move(tags));
  }
  void add(std::string_view outcomes, std::string_view before, std::vector<std::string> tags) {
    for (std::size_t i = 0; i < outcomes.size(); ++i) {
      const std::string id = fmt::format("c{}", cases.size());
      cases.push_back({.id = id, .tags = tags});
      candidate.push_back(result(id, outcomes[i]));
      if (!before.empty()) baseline.push_back(result(id, before[i]));
    }
  }
  static CaseResult result(const std::string& id, char outcome) {
    return {.id = id, .passed = outcome == '.', .errored = outcome == 'E', .grades = {{outcome == '.', "why"}},
            .latency_ms = 100, .cost = Money::from_nano(1'000)};
  }
  std::vector<JudgedCase> judged() const {
    std::vector<JudgedCase> all;
    for (std::size_t i = 0; i < cases.size(); ++i) {
      all.push_back({&cases[i], &candidate[i], i < baseline.size() ? &baseline[i] : nullptr});
    }
    return all;
  }
};

std::string repeat(int count, char letter) { return std::string(static_cast<std::size_t>(count), letter); }

TEST(JudgeQuality, TellsTheThreeVerdictsApart) {
  struct Story {
    std::string outcomes, before;
    Verdict verdict;
    std::string_view rule;
  };
  const std::vector<Story> stories{
      {repeat(25, '.'), "", Verdict::Pass, "quality.pass_rate_min"},
      {repeat(20, '.') + repeat(5, 'x'), "", Verdict::Pass, "quality.pass_rate_min"},
      {repeat(19, '.') + repeat(6, 'x'), "", Verdict::Fail, "quality.pass_rate_min"},
      {repeat(24, '.'), "", Verdict::Inconclusive, "cases_min"},
      {repeat(24, '.') + "E", "", Verdict::Inconclusive, "cases_min"},
      {repeat(10, 'x'), "", Verdict::Fail, "cases_min"},
      {"", "", Verdict::Inconclusive, "quality.cases"},
      // 6 of 50 fell and none rose: certain. 3 fell: more than allowed, and chance may explain it. 1 of 50: allowed.
      {repeat(44, '.') + repeat(6, 'x'), repeat(50, '.'), Verdict::Fail, "quality.drop_max"},
      {repeat(47, '.') + repeat(3, 'x'), repeat(50, '.'), Verdict::Inconclusive, "quality.drop_max"},
      {repeat(49, '.') + "x", repeat(50, '.'), Verdict::Pass, "quality.pass_rate_min"},
      {repeat(50, '.'), repeat(25, '.') + repeat(25, 'x'), Verdict::Pass, "quality.pass_rate_min"},
  };
  for (const Story& story : stories) {
    SCOPED_TRACE(story.outcomes + " / " + story.before);
    const Bench bench(story.outcomes, story.before);
    const GateResult gate = judge_quality(bench.judged(), {});
    EXPECT_EQ(verdict_name(gate.verdict), verdict_name(story.verdict)) << gate.why;
    EXPECT_EQ(gate.rule, story.rule);
    EXPECT_FALSE(gate.why.empty());
  }
}

TEST(JudgeQuality, SaysWhatWouldSettleADoubt) {
  const Bench bench(repeat(47, '.') + repeat(3, 'x'), repeat(50, '.'));
  EXPECT_THAT(judge_quality(bench.judged(), {}).why, HasSubstr("paired cases would settle it"));
}

TEST(JudgeQuality, IgnoresSafetyCases) {
  Bench bench(repeat(25, '.'));
  bench.add(repeat(10, 'x'), "", {"safety"});
  EXPECT_EQ(judge_quality(bench.judged(), {}).verdict, Verdict::Pass);
  EXPECT_EQ(judge_quality(bench.judged(), {}).passed, 25);
}

TEST(JudgeSafety, AllowsNoFailureUnlessTold) {
  const Bench clean(repeat(30, '.'), "", {"safety"});
  EXPECT_EQ(judge_safety(clean.judged(), {}).verdict, Verdict::Pass);
  EXPECT_THAT(judge_safety(clean.judged(), {}).why, HasSubstr("10.0 %"));
  const Bench leak(repeat(29, '.') + "x", "", {"safety"});
  EXPECT_EQ(judge_safety(leak.judged(), {}).verdict, Verdict::Fail);
  EXPECT_EQ(judge_safety(leak.judged(), {.safety_failures_max = 1}).verdict, Verdict::Pass);
  const Bench none(repeat(30, '.'));
  EXPECT_EQ(judge_safety(none.judged(), {}).verdict, Verdict::Inconclusive);
}

TEST(JudgeOperations, FailsOnErrorsLatencyAndCost) {
  const Bench fine(repeat(49, '.') + "E");
  EXPECT_EQ(judge_operations(fine.judged(), {}).verdict, Verdict::Pass);
  const Bench errors(repeat(48, '.') + "EE");
  EXPECT_EQ(judge_operations(errors.judged(), {}).rule, "operations.error_rate_max");
  EXPECT_EQ(judge_operations(errors.judged(), {}).verdict, Verdict::Fail);
  EXPECT_EQ(judge_operations(fine.judged(), {.latency_ms_p95_max = 99}).rule, "operations.latency_p95_max");
  EXPECT_EQ(judge_operations(fine.judged(), {.latency_ms_p95_max = 99}).verdict, Verdict::Fail);
  EXPECT_EQ(judge_operations(fine.judged(), {.cost_per_case_max = Money::from_nano(999)}).verdict, Verdict::Fail);
  EXPECT_EQ(judge_operations(fine.judged(), {.cost_per_case_max = Money::from_nano(1'000)}).verdict, Verdict::Pass);
  const Bench dead(repeat(10, 'E'));
  EXPECT_EQ(judge_operations(dead.judged(), {}).verdict, Verdict::Fail);
  EXPECT_EQ(judge_operations({}, {}).verdict, Verdict::Inconclusive);
  const Bench tagged(repeat(49, '.') + "x", "", {"operations"});
  EXPECT_EQ(judge_operations(tagged.judged(), {}).rule, "operations.cases");
}

TEST(WorstOf, NeverRoundsADoubtToAPass) {
  const GateResult passed{.verdict = Verdict::Pass}, doubt{.verdict = Verdict::Inconclusive}, failed{.verdict = Verdict::Fail};
  EXPECT_EQ(worst_of(std::array{passed, passed}), Verdict::Pass);
  EXPECT_EQ(worst_of(std::array{passed, doubt}), Verdict::Inconclusive);
  EXPECT_EQ(worst_of(std::array{doubt, failed, passed}), Verdict::Fail);
  EXPECT_EQ(worst_of({}), Verdict::Inconclusive);
}

TEST(IsPassed, AgreesWithTheReport) {
  EXPECT_TRUE(is_passed({.grades = {{true, ""}, {true, ""}}}));
  EXPECT_FALSE(is_passed({.grades = {{true, ""}, {false, ""}}}));
  EXPECT_FALSE(is_passed({.errored = true, .grades = {{true, ""}}}));
}

TEST(Percentile95, TakesTheNearestRank) {
  EXPECT_EQ(percentile_95({}), 0);
  EXPECT_EQ(percentile_95({7}), 7);
  std::vector<std::int64_t> hundred;
  for (int i = 100; i >= 1; --i) hundred.push_back(i);
  EXPECT_EQ(percentile_95(hundred), 95);
}

TEST(Judge, ListsWhatFlipped) {
  const Bench bench(".xx.", ".x..");
  Report report;
  judge(report, bench.judged(), {});
  EXPECT_THAT(report.flipped_worse, ElementsAre("c2"));
  EXPECT_TRUE(report.flipped_better.empty());
  EXPECT_EQ(report.p_value, 1);
  EXPECT_EQ(report.latency_ms_p95, 100);
  EXPECT_EQ(report.cost, Money::from_nano(4'000));
  EXPECT_EQ(report.gates.size(), 3u);
}

}  // namespace
}  // namespace millwright::evaluation
