// Time: one type for instants, one source of them that tests can replace, one text form (RFC 3339, UTC).
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "base/error.hpp"

namespace millwright {

using namespace std::chrono_literals;
using Timestamp = std::chrono::sys_time<std::chrono::microseconds>;
using Duration = std::chrono::milliseconds;

/// Where the time comes from. The system's in production; set by hand in simulations.
class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual Timestamp now() const = 0;
};
/// The system's clock; lives as long as the process.
[[nodiscard]] const Clock& system_clock();

/// "2026-11-23T13:00:06.123456Z" (microseconds only when not zero).
[[nodiscard]] std::string render_time(Timestamp time);
void append_time(std::string& out, Timestamp time);
/// RFC 3339 with "Z" or an offset, up to microseconds.
[[nodiscard]] Result<Timestamp> parse_time(std::string_view text);
/// Microseconds since 1970, as stored in the database.
[[nodiscard]] constexpr std::int64_t to_micros(Timestamp time) { return time.time_since_epoch().count(); }
[[nodiscard]] constexpr Timestamp from_micros(std::int64_t micros) {
  return Timestamp(std::chrono::microseconds(micros));
}

/// "250ms", "30s", "5m", "2h", "365d".
[[nodiscard]] Result<Duration> parse_duration(std::string_view text);
[[nodiscard]] std::string render_duration(Duration duration);

/// "512", "64KiB", "8MiB", "1GiB" in bytes.
[[nodiscard]] Result<std::uint64_t> parse_size(std::string_view text);
[[nodiscard]] std::string render_size(std::uint64_t bytes);

}  // namespace millwright
