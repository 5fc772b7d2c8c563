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

TEST(Upstream, ReadsWhenALimitThatIsUsedUpComesBack) {
  const struct {
    const char *left, *reset;
    std::optional<Duration> expected;
  } cases[] = {{"0", "6ms", Duration(6)},          {"0", "20s", Duration(20'000)}, {"0", "1m26.4s", Duration(86'400)},
               {"0", "2h0m0.5s", Duration(7'200'500)}, {"0", "3", Duration(3'000)},    {"1", "20s", std::nullopt},
               {"0", "soon", std::nullopt},         {"0", "", std::nullopt},        {"0", "5", Duration(5'000)},
               {"0", "5x", std::nullopt},           {"0", "s", std::nullopt},       {"0", "99999999h", std::nullopt}};
  for (const auto& each : cases) {
    const io::http::Headers headers{{"x-ratelimit-remaining-requests", each.left},
                                    {"x-ratelimit-reset-requests", each.reset}};
    EXPECT_EQ(retry_after(headers, {}), each.expected) << each.left << " " << each.reset;
  }
  const io::http::Headers both{{"x-ratelimit-remaining-requests", "0"}, {"x-ratelimit-reset-requests", "1s"},
                               {"x-ratelimit-remaining-tokens", "0"},   {"x-ratelimit-reset-tokens", "4s"}};
  EXPECT_EQ(retry_after(both, {}), Duration(4'000));
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
