// The section `limits` of the configuration: how much every key, user, team, use case or model may take.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/config/node.hpp"
#include "base/time_zone.hpp"

namespace millwright::gateway {

enum class LimitScope : std::uint8_t { Key, User, Team, UseCase, Model, All };
inline constexpr std::array<std::string_view, 6> limit_scope_names{"key", "user", "team", "use_case", "model", "all"};
[[nodiscard]] constexpr std::string_view limit_scope_name(LimitScope scope) {
  return limit_scope_names.at(static_cast<std::size_t>(scope));
}

/// Up to an hour: a rate that fills up again all the time, with the whole amount as its burst. A day or a month: a
/// quota that begins anew where the calendar does.
enum class LimitPeriod : std::uint8_t { Second, Minute, Hour, Day, Month };
inline constexpr std::array<std::string_view, 5> limit_period_names{"second", "minute", "hour", "day", "month"};
struct LimitRate {
  std::int64_t amount = 0;  // at least 1
  LimitPeriod per = LimitPeriod::Minute;
  [[nodiscard]] bool is_quota() const { return per >= LimitPeriod::Day; }
  bool operator==(const LimitRate&) const = default;
};
/// "60 per minute", "100k per day", "1.5M per month". InvalidInput says what is wrong and what is meant.
[[nodiscard]] Result<LimitRate> parse_limit_rate(std::string_view text);
/// As parse_limit_rate reads it, without a suffix: "100000 per day".
[[nodiscard]] std::string render_limit_rate(const LimitRate& rate);

/// One entry. It holds for each member of its scope apart: for every user, every team, …
struct LimitConfig {
  std::string name;
  LimitScope scope = LimitScope::All;
  std::string match;  // a name or a glob; empty: every member
  std::optional<LimitRate> requests, tokens;
  std::int64_t concurrent = 0;         // 0: no such limit; the same below
  std::int64_t prompt_tokens_max = 0;  // by estimate: nobody counts before the model does
  std::int64_t prompt_bytes_max = 0;
  std::int64_t output_tokens_max = 0;
  std::shared_ptr<const TimeZone> zone;  // of the quotas; never null
};

/// What a limit may be matched against; keys and users come and go while the server runs.
struct LimitNames {
  std::set<std::string> teams, use_cases, models;
};

[[nodiscard]] config::Section limits_section();
/// Faults at their place: a rate that is none, a name that nothing has, a glob that matches nothing, a limit that
/// limits nothing, an option that its scope cannot have.
[[nodiscard]] std::vector<LimitConfig> parse_limits(const config::Node& limits, const LimitNames& names,
                                                    config::Faults& faults);

}  // namespace millwright::gateway
