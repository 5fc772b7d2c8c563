#include "extensions/providers/upstream.hpp"

#include <gtest/gtest.h>

namespace millwright::extensions {
namespace {

TEST(Upstream, ReadsEveryFormOfPatience) {
  const auto now = parse_time("2026-11-24T12:00:00Z").value();
  const struct {
    const char *ms, *after;
    std::optional<Duration> expected;
  } cases[] = {
      {"", "", std::nullopt},
      {"1500", "9", Duration(1500)},
      {"", "2", Duration(2000)},
      {"", "0.25", Duration(250)},
      {"soon", "3", Duration(3000)},
      {"", "Tue, 24 Nov 2026 12:00:30 GMT", Duration(30'000)},
      {"", "Tue, 24 Nov 2026 11:00:00 GMT", Duration(0)},
      {"", "Tue, 24 Nov 2099 11:00:00 GMT", std::nullopt},
      {"", "-1", std::nullopt},
      {"", "nan", std::nullopt},
      {"", "inf", std::nullopt},
      {"", "1e300", std::nullopt},
      {"1e300", "", std::nullopt},
      {"", "Tue, 24 Nov 2026 12:00:30 GMT and more", std::nullopt},
  };
  for (const auto& each : cases) {
    io::http::Headers headers;
    if (*each.ms != '\0') headers.set("retry-after-ms", each.ms);
    if (*each.after != '\0') headers.set("retry-after", each.after);
    EXPECT_EQ(retry_after(headers, now), each.expected) << each.ms << " " << each.after;
  }
}

TEST(Upstream, ReadsThePatienceOfAzure) {
  io::http::Headers headers{{"x-ms-retry-after-ms", "250"}, {"retry-after", "1"}};
  EXPECT_EQ(retry_after(headers, {}), Duration(250));
  headers.set("retry-after-ms", "300");
  EXPECT_EQ(retry_after(headers, {}), Duration(300));
}

TEST(Upstream, ACallerWhoWentIsNotRetried) {
  Error error;
  error.code = ErrorCode::Cancelled;
  EXPECT_FALSE(failure_of_transport(error).is_retryable);
  EXPECT_FALSE(failure_of_transport(error).may_fall_back);
  error.code = ErrorCode::Forbidden;
  EXPECT_FALSE(failure_of_transport(error).is_retryable);
  EXPECT_TRUE(failure_of_transport(error).may_fall_back);
  error.code = ErrorCode::Timeout;
  EXPECT_TRUE(failure_of_transport(error).is_retryable);
}

}  // namespace
}  // namespace millwright::extensions
