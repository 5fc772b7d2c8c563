#include "base/time.hpp"

#include <gtest/gtest.h>

namespace millwright {
namespace {

TEST(Time, RendersWhatItParses) {
  struct Case {
    std::string_view text;
    std::string_view rendered;
  };
  for (const auto& [text, rendered] : {
           Case{"2026-11-23T13:00:06Z", "2026-11-23T13:00:06Z"},
           Case{"2026-11-23T13:00:06.123456Z", "2026-11-23T13:00:06.123456Z"},
           Case{"2026-11-23T13:00:06.5Z", "2026-11-23T13:00:06.500000Z"},
           Case{"2026-11-23T13:00:06.123456789Z", "2026-11-23T13:00:06.123456Z"},
           Case{"2026-11-23t13:00:06z", "2026-11-23T13:00:06Z"},
           Case{"2026-11-23T00:30:00+01:00", "2026-11-22T23:30:00Z"},
           Case{"2026-12-31T20:00:00-05:30", "2027-01-01T01:30:00Z"},
           Case{"2024-02-29T00:00:00Z", "2024-02-29T00:00:00Z"},
           Case{"1969-12-31T23:59:59.999999Z", "1969-12-31T23:59:59.999999Z"},
           Case{"2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z"},
       }) {
    const auto time = parse_time(text);
    ASSERT_TRUE(time.has_value()) << text;
    EXPECT_EQ(render_time(*time), rendered) << text;
  }
}

TEST(Time, RefusesWhatIsNoTime) {
  for (const std::string_view text :
       {"", "2026-11-23", "2026-11-23T13:00:06", "2026-11-23T13:00Z", "2026-13-01T00:00:00Z", "2026-02-30T00:00:00Z",
        "2026-11-23T24:00:00Z", "2026-11-23T13:60:00Z", "2026-11-23T13:00:61Z", "2026-11-23T13:00:06.Z",
        "2026-11-23T13:00:06+1:00", "2026-11-23T13:00:06+24:00", "2026-11-23T13:00:06Z ", "26-11-23T13:00:06Z",
        "2026-11-23T13:00:06.12a456Z", "+026-11-23T13:00:06Z"}) {
    EXPECT_FALSE(parse_time(text).has_value()) << text;
  }
}

TEST(Duration, RoundTrips) {
  for (const std::string_view text : {"250ms", "30s", "5m", "2h", "365d", "0s", "36525d"}) {
    const auto duration = parse_duration(text);
    ASSERT_TRUE(duration.has_value()) << text;
    EXPECT_EQ(render_duration(*duration), text);
  }
  EXPECT_EQ(render_duration(Duration(90'000)), "90s");
  EXPECT_EQ(render_duration(Duration(3'600'000)), "1h");
}

TEST(Duration, RefusesWhatIsNone) {
  for (const std::string_view text : {"", "30", "s", "-5s", "1.5s", "30 s", "30sec", "36526d", "99999999999999999999s"}) {
    EXPECT_FALSE(parse_duration(text).has_value()) << text;
  }
}

TEST(Size, RoundTrips) {
  for (const std::string_view text : {"512", "64KiB", "8MiB", "1GiB", "3TiB", "0", "1025"}) {
    const auto size = parse_size(text);
    ASSERT_TRUE(size.has_value()) << text;
    EXPECT_EQ(render_size(*size), text);
  }
  EXPECT_EQ(parse_size("8MiB").value(), 8u << 20);
  EXPECT_EQ(parse_size("7B").value(), 7u);
}

TEST(Size, RefusesWhatIsNone) {
  for (const std::string_view text : {"", "KiB", "1KB", "1.5MiB", "-1", "18446744073709551616", "2000TiB"}) {
    EXPECT_FALSE(parse_size(text).has_value()) << text;
  }
}

}  // namespace
}  // namespace millwright
