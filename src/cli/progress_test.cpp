#include "cli/progress.hpp"

#include <atomic>

#include <gtest/gtest.h>

namespace millwright::cli {
namespace {

TEST(RenderBar, SaysHowFarAndHowLong) {
  using std::chrono::milliseconds;
  EXPECT_EQ(render_bar(400, 1'000, milliseconds(5'000)), "[########............]  40 %  400 of 1000, 80/s, 8 s left");
  EXPECT_EQ(render_bar(1'000, 1'000, milliseconds(5'000)), "[####################] 100 %  1000 of 1000, 200/s");
  EXPECT_EQ(render_bar(0, 10, milliseconds(0)), "[....................]   0 %  0 of 10");
  EXPECT_EQ(render_bar(20, 10, milliseconds(0)), "[####################] 100 %  10 of 10");
  EXPECT_EQ(render_bar(7, 0, milliseconds(2'000)), "7, 3.5/s");
  EXPECT_EQ(render_bar(1, 10'000, milliseconds(1'000)), "[....................]   0 %  1 of 10000, 1.0/s, 2.8 h left");
}

TEST(Progress, EndsAtOnceWhenTheWorkIsDone) {
  std::atomic<int> asked = 0;
  { const Progress progress([&]() -> Result<json::value> { ++asked; return json::value(); }, "sync", "x"); }
  EXPECT_LE(asked, 1);
}

}  // namespace
}  // namespace millwright::cli
