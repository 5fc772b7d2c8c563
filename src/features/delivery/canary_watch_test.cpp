#include "features/delivery/canary_watch.hpp"

#include <gtest/gtest.h>

namespace millwright::delivery {
namespace {

// r² = (5.991465 + ln 6.991465)/1000 = 0.007936…; with 1,000 calls: √1000·√(2·8.936/(10⁶·0.007936)·ln(√8.936/0.05)).
TEST(SequenceHalfWidth, MatchesItsFormula) {
  EXPECT_NEAR(sequence_half_width(1, 1'000, 0.05, 1'000), 3.035, 0.005);
  EXPECT_NEAR(sequence_half_width(0.5, 1'000, 0.05, 1'000), 3.035 / 2, 0.005);
}
TEST(SequenceHalfWidth, IsWiderThanAFixedLookEverywhere) {
  for (const double calls : {20.0, 100.0, 1'000.0, 10'000.0}) {
    EXPECT_GT(sequence_half_width(1, calls, 0.05, 1'000), 1.96) << calls;
  }
}

TEST(CompareArms, RollsBackOnlyOnClearHarm) {
  struct Story {
    ArmCount canary, control;
    bool is_worse;
  };
  const std::vector<Story> stories{
      {{0, 0}, {0, 0}, false},
      {{29, 29}, {500, 0}, false},       // too few to say
      {{500, 500}, {29, 0}, false},      // nothing to compare with
      {{30, 30}, {30, 0}, true},
      {{100, 50}, {100, 2}, true},
      {{100, 6}, {900, 9}, false},       // five points more, and chance may explain it
      {{2'000, 120}, {2'000, 20}, true},
      {{100, 0}, {100, 50}, false},      // better
      {{100, 50}, {100, 50}, false},     // both suffer: not the canary's doing
  };
  for (const Story& story : stories) {
    const CanaryVerdict verdict = compare_arms(story.canary, story.control);
    EXPECT_EQ(verdict.is_worse, story.is_worse)
        << story.canary.failures << "/" << story.canary.calls << " beside " << story.control.failures << "/"
        << story.control.calls;
    EXPECT_EQ(verdict.why.empty(), !verdict.is_worse);
  }
}

}  // namespace
}  // namespace millwright::delivery
