#include "features/gateway/semantic_advice.hpp"

#include <gtest/gtest.h>

namespace millwright::gateway {
namespace {

/// `count` pairs of one kind.
void add(std::vector<JudgedPair>& pairs, int count, double likeness, bool is_right, bool is_refused = false) {
  pairs.insert(pairs.end(), static_cast<std::size_t>(count), JudgedPair{likeness, is_refused, is_right});
}

TEST(ThresholdCurve, CountsWhatAThresholdWouldShare) {
  std::vector<JudgedPair> pairs;
  add(pairs, 6, 0.95, true);
  add(pairs, 2, 0.95, false);
  add(pairs, 2, 0.80, true);
  add(pairs, 6, 0.80, false);
  add(pairs, 4, 0.99, true, true);
  const auto high = point_at(pairs, 90);
  EXPECT_EQ(high.shared, 8);
  EXPECT_EQ(high.right, 6);
  EXPECT_DOUBLE_EQ(high.precision, 0.75);
  EXPECT_DOUBLE_EQ(high.recall, 0.5) << "what guards keep apart counts as lost";
  EXPECT_LT(high.precision_least, high.precision);
  const auto low = point_at(pairs, 80);
  EXPECT_EQ(low.shared, 16) << "a likeness that is the threshold is enough";
  EXPECT_DOUBLE_EQ(low.precision, 0.5);
  const auto none = point_at(pairs, 96);
  EXPECT_EQ(none.shared, 0);
  EXPECT_EQ(none.precision, 0);
  const auto curve = threshold_curve(pairs);
  ASSERT_EQ(curve.size(), 13U);
  EXPECT_EQ(curve.front().threshold_percent, 50);
  EXPECT_EQ(curve.back().threshold_percent, 100);
  EXPECT_EQ(point_at({}, 50).recall, 0);
}

TEST(ThresholdAdvice, TheLowestThatReachesTheTargetForCertain) {
  std::vector<JudgedPair> pairs;
  add(pairs, 120, 0.93, true);
  add(pairs, 40, 0.85, false);
  const auto advice = advise_threshold(pairs, 95);
  ASSERT_TRUE(advice.point);
  EXPECT_EQ(advice.point->threshold_percent, 86);
  EXPECT_GE(advice.point->precision_least, 0.95);
  EXPECT_EQ(advice.because, "at 86 percent 120 of 120 samples were right");
}

TEST(ThresholdAdvice, SaysWhyThereIsNone) {
  std::vector<JudgedPair> pairs;
  add(pairs, 20, 0.95, true);
  const auto few = advise_threshold(pairs, 95);
  EXPECT_FALSE(few.point);
  EXPECT_EQ(few.because, "20 samples are too few for 95 percent: at least 52, all right, are needed");
  add(pairs, 200, 0.95, false);
  const auto bad = advise_threshold(pairs, 95);
  EXPECT_FALSE(bad.point);
  EXPECT_EQ(bad.because, "no threshold of 220 samples reaches 95 percent for certain");
}

}  // namespace
}  // namespace millwright::gateway
