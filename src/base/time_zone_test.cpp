#include "base/time_zone.hpp"

#include <gtest/gtest.h>

namespace millwright {
namespace {

Timestamp at(std::string_view text) { return parse_time(text).value(); }

struct Span {
  const char* zone;
  const char* time;
  const char* day_start;
  const char* day_end;
  const char* month_start;
  const char* month_end;
};

class Calendar : public testing::TestWithParam<Span> {};

TEST_P(Calendar, DaysAndMonthsBeginWhereTheyDoThere) {
  const auto& expected = GetParam();
  const auto zone = TimeZone::find(expected.zone).value();
  const auto day = zone->day_of(at(expected.time));
  EXPECT_EQ(render_time(day.start), expected.day_start);
  EXPECT_EQ(render_time(day.end), expected.day_end);
  const auto month = zone->month_of(at(expected.time));
  EXPECT_EQ(render_time(month.start), expected.month_start);
  EXPECT_EQ(render_time(month.end), expected.month_end);
}

INSTANTIATE_TEST_SUITE_P(Zones, Calendar,
                         testing::Values(Span{"UTC", "2026-02-28T23:59:59.999999Z", "2026-02-28T00:00:00Z",
                                              "2026-03-01T00:00:00Z", "2026-02-01T00:00:00Z", "2026-03-01T00:00:00Z"},
                                         Span{"Europe/Berlin", "2026-06-30T22:30:00Z", "2026-06-30T22:00:00Z",
                                              "2026-07-01T22:00:00Z", "2026-06-30T22:00:00Z", "2026-07-31T22:00:00Z"},
                                         // A day of 23 hours and one of 25.
                                         Span{"Europe/Berlin", "2026-03-29T12:00:00Z", "2026-03-28T23:00:00Z",
                                              "2026-03-29T22:00:00Z", "2026-02-28T23:00:00Z", "2026-03-31T22:00:00Z"},
                                         Span{"Europe/Berlin", "2026-10-25T12:00:00Z", "2026-10-24T22:00:00Z",
                                              "2026-10-25T23:00:00Z", "2026-09-30T22:00:00Z", "2026-10-31T23:00:00Z"},
                                         // Clocks change at midnight: 00:00 does not exist on this day.
                                         Span{"America/Havana", "2026-03-08T12:00:00Z", "2026-03-08T05:00:00Z",
                                              "2026-03-09T04:00:00Z", "2026-03-01T05:00:00Z", "2026-04-01T04:00:00Z"},
                                         Span{"Asia/Kathmandu", "2026-01-01T00:00:00Z", "2025-12-31T18:15:00Z",
                                              "2026-01-01T18:15:00Z", "2025-12-31T18:15:00Z", "2026-01-31T18:15:00Z"}));

TEST(TimeZone, UnknownNamesAreRefused) {
  for (const auto* name : {"Europe/Berlim", "", "Etc/Unknown", "../etc"}) {
    EXPECT_FALSE(TimeZone::find(name).has_value()) << name;
  }
}

}  // namespace
}  // namespace millwright
