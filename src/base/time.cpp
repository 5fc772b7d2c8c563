#include "base/time.hpp"

#include <array>
#include <optional>
#include <span>
#include <string>

#include <fmt/format.h>

namespace millwright {
namespace {

class SystemClock final : public Clock {
 public:
  [[nodiscard]] Timestamp now() const override {
    return std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now());
  }
};

std::unexpected<Error> not_a_time(std::string_view text) {
  auto error = fail(ErrorCode::InvalidInput, "\"{}\" is not a time", text);
  error.error().fix = "Write RFC 3339, as in \"2026-11-23T13:00:06Z\".";
  return error;
}

/// Reads fixed-width fields from left to right; remembers the first failure.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  int digits(std::size_t count) {
    int value = 0;
    for (std::size_t i = 0; i < count; ++i) {
      const char c = next();
      if (c < '0' || c > '9') is_good_ = false;
      value = value * 10 + (c - '0');
    }
    return is_good_ ? value : 0;
  }
  void one_of(std::string_view allowed) {
    if (allowed.find(next()) == std::string_view::npos) is_good_ = false;
  }
  [[nodiscard]] char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  char next() {
    if (at_ < text_.size()) return text_[at_++];
    is_good_ = false;
    return '\0';
  }
  [[nodiscard]] bool is_good() const { return is_good_; }
  [[nodiscard]] bool is_at_end() const { return at_ == text_.size(); }

 private:
  std::string_view text_;
  std::size_t at_ = 0;
  bool is_good_ = true;
};

std::int64_t scan_fraction_micros(Scanner& scanner) {
  if (scanner.peek() != '.') return 0;
  scanner.next();
  std::int64_t micros = scanner.digits(1) * 100'000;
  for (std::int64_t unit = 10'000; scanner.peek() >= '0' && scanner.peek() <= '9'; unit /= 10) {
    micros += scanner.digits(1) * unit;
  }
  return micros;
}

/// Minutes east of UTC; nothing when it is no offset.
std::optional<int> scan_offset(Scanner& scanner) {
  const char sign = scanner.next();
  if (sign == 'Z' || sign == 'z') return 0;
  if (sign != '+' && sign != '-') return std::nullopt;
  const int hours = scanner.digits(2);
  scanner.one_of(":");
  const int minutes = scanner.digits(2);
  if (hours > 23 || minutes > 59) return std::nullopt;
  return (sign == '-' ? -1 : 1) * (hours * 60 + minutes);
}

struct Unit {
  std::string_view name;
  std::uint64_t factor;
};
// Largest first, for rendering.
constexpr std::array duration_units{Unit{"d", 86'400'000}, Unit{"h", 3'600'000}, Unit{"m", 60'000}, Unit{"s", 1'000},
                                    Unit{"ms", 1}};
constexpr std::array size_units{Unit{"TiB", 1ull << 40}, Unit{"GiB", 1ull << 30}, Unit{"MiB", 1ull << 20},
                                Unit{"KiB", 1ull << 10}, Unit{"B", 1}};

/// A whole number followed by one of the units; nothing when the text is not that or exceeds `maximum`.
std::optional<std::uint64_t> scan_quantity(std::string_view text, std::span<const Unit> units,
                                           std::string_view default_unit, std::uint64_t maximum) {
  std::size_t at = 0;
  std::uint64_t number = 0;
  for (; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at) {
    if (number > maximum) return std::nullopt;
    number = number * 10 + static_cast<std::uint64_t>(text[at] - '0');
  }
  if (at == 0) return std::nullopt;
  std::string_view name = text.substr(at);
  if (name.empty()) name = default_unit;
  for (const auto& unit : units) {
    if (unit.name != name) continue;
    if (number > maximum / unit.factor) return std::nullopt;
    return number * unit.factor;
  }
  return std::nullopt;
}

std::string render_quantity(std::uint64_t value, std::span<const Unit> units) {
  for (const auto& unit : units) {
    if (value != 0 && value % unit.factor == 0) return fmt::format("{}{}", value / unit.factor, unit.name);
  }
  return fmt::format("{}{}", value, units.back().name);
}

}  // namespace

const Clock& system_clock() {
  static const SystemClock clock;
  return clock;
}

void append_time(std::string& out, Timestamp time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(time - day);
  const auto number = [&out](std::int64_t value, int width, char after) {
    std::array<char, 8> digits;
    for (int i = width; i-- > 0; value /= 10) digits.at(static_cast<std::size_t>(i)) = static_cast<char>('0' + value % 10);
    out.append(digits.data(), static_cast<std::size_t>(width)).push_back(after);
  };
  const int year = static_cast<int>(date.year());
  if (year >= 0 && year <= 9999) number(year, 4, '-');
  else out.append(std::to_string(year)).push_back('-');
  number(static_cast<unsigned>(date.month()), 2, '-');
  number(static_cast<unsigned>(date.day()), 2, 'T');
  number(clock.hours().count(), 2, ':');
  number(clock.minutes().count(), 2, ':');
  number(clock.seconds().count(), 2, clock.subseconds().count() != 0 ? '.' : 'Z');
  if (clock.subseconds().count() != 0) number(clock.subseconds().count(), 6, 'Z');
}

std::string render_time(Timestamp time) {
  std::string text;
  text.reserve(32);
  append_time(text, time);
  return text;
}

Result<Timestamp> parse_time(std::string_view text) {
  Scanner scanner(text);
  const int year = scanner.digits(4);
  scanner.one_of("-");
  const int month = scanner.digits(2);
  scanner.one_of("-");
  const int day = scanner.digits(2);
  scanner.one_of("Tt ");
  const int hour = scanner.digits(2);
  scanner.one_of(":");
  const int minute = scanner.digits(2);
  scanner.one_of(":");
  const int second = scanner.digits(2);
  const auto fraction = scan_fraction_micros(scanner);
  const auto offset = scan_offset(scanner);
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  // A leap second (":60") counts as the first second of the next minute.
  if (!scanner.is_good() || !scanner.is_at_end() || !offset || !date.ok() || hour > 23 || minute > 59 || second > 60) {
    return not_a_time(text);
  }
  return Timestamp(std::chrono::sys_days(date)) + std::chrono::hours(hour) + std::chrono::minutes(minute - *offset) +
         std::chrono::seconds(second) + std::chrono::microseconds(fraction);
}

Result<Duration> parse_duration(std::string_view text) {
  constexpr std::uint64_t hundred_years_ms = 36'525ull * 86'400'000;
  const auto value = scan_quantity(text, duration_units, "", hundred_years_ms);
  if (!value) {
    auto error = fail(ErrorCode::InvalidInput, "\"{}\" is not a duration", text);
    error.error().fix = "Write a whole number and ms, s, m, h or d, as in \"30s\"; at most 100 years.";
    return error;
  }
  return Duration(static_cast<std::int64_t>(*value));
}

std::string render_duration(Duration duration) {
  if (duration.count() < 0) return "-" + render_duration(-duration);
  if (duration.count() == 0) return "0s";
  return render_quantity(static_cast<std::uint64_t>(duration.count()), duration_units);
}

Result<std::uint64_t> parse_size(std::string_view text) {
  constexpr std::uint64_t pebibyte = 1ull << 50;
  const auto value = scan_quantity(text, size_units, "B", pebibyte);
  if (!value) {
    auto error = fail(ErrorCode::InvalidInput, "\"{}\" is not a size", text);
    error.error().fix = "Write a whole number of bytes, or one with KiB, MiB, GiB or TiB, as in \"8MiB\".";
    return error;
  }
  return *value;
}

std::string render_size(std::uint64_t bytes) {
  if (bytes % 1024 != 0 || bytes == 0) return fmt::format("{}", bytes);
  return render_quantity(bytes, size_units);
}

}  // namespace millwright
