// Golden values: published examples, and values computed with exact arithmetic.
#include <gtest/gtest.h>

#include "features/evaluation/evaluation.hpp"

namespace millwright::evaluation {
namespace {

TEST(WilsonInterval, MatchesPublishedExamples) {
  struct Golden {
    std::int64_t successes, trials;
    double low, high;
  };
  // The first four: the release-gate reference; then Newcombe 1998, table I (81/263, 15/148, 0/20, 1/29).
  const std::vector<Golden> goldens{{18, 20, 0.699, 0.972},  {90, 100, 0.826, 0.945}, {450, 500, 0.871, 0.923},
                                    {50, 50, 0.929, 1.0},    {81, 263, 0.2553, 0.3662}, {15, 148, 0.0624, 0.1605},
                                    {0, 20, 0.0, 0.1611},    {1, 29, 0.0061, 0.1718}};
  for (const Golden& golden : goldens) {
    const Interval interval = wilson_interval(golden.successes, golden.trials);
    EXPECT_NEAR(interval.low, golden.low, 0.0006) << golden.successes << "/" << golden.trials;
    EXPECT_NEAR(interval.high, golden.high, 0.0006) << golden.successes << "/" << golden.trials;
  }
}
TEST(WilsonInterval, KnowsNothingWithoutTrials) {
  EXPECT_EQ(wilson_interval(0, 0).low, 0);
  EXPECT_EQ(wilson_interval(0, 0).high, 1);
}

TEST(McnemarExact, MatchesExactSums) {
  struct Golden {
    std::int64_t b, c;
    double p;
  };
  // 2·Σ C(n,i)/2ⁿ by hand: 6 of 6 is 2/64, 5 of 5 is 2/32, 1 of 10 is 2·11/1024, 12 against 5 is 2·9402/131072.
  const std::vector<Golden> goldens{{0, 0, 1},        {6, 0, 0.03125},  {0, 6, 0.03125},        {5, 0, 0.0625},
                                    {1, 9, 0.021484375}, {3, 3, 1},     {12, 5, 0.143463134765625}, {1, 0, 1}};
  for (const Golden& golden : goldens) {
    EXPECT_NEAR(mcnemar_exact(golden.b, golden.c), golden.p, 1e-9) << golden.b << ":" << golden.c;
  }
}
TEST(McnemarExact, StaysAProbabilityForManyPairs) {
  EXPECT_NEAR(mcnemar_exact(50'000, 50'000), 1, 1e-6);
  EXPECT_LT(mcnemar_exact(40'000, 60'000), 1e-9);
  EXPECT_GE(mcnemar_exact(40'000, 60'000), 0);
}

TEST(McnemarPairsNeeded, MatchesTheReferenceTable) {
  EXPECT_EQ(mcnemar_pairs_needed(0.05, 0.10), 312);
  EXPECT_EQ(mcnemar_pairs_needed(0.03, 0.10), 870);
  EXPECT_EQ(mcnemar_pairs_needed(0.10, 0.20), 155);
  EXPECT_EQ(mcnemar_pairs_needed(0, 0.2), 0);
}

TEST(ZeroFailuresUpper, IsTheRuleOfThree) {
  EXPECT_DOUBLE_EQ(zero_failures_upper(30), 0.1);
  EXPECT_DOUBLE_EQ(zero_failures_upper(300), 0.01);
  EXPECT_DOUBLE_EQ(zero_failures_upper(0), 1);
  EXPECT_DOUBLE_EQ(zero_failures_upper(2), 1);
}

}  // namespace
}  // namespace millwright::evaluation
