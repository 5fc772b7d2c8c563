#include "cli/litellm/amounts.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/text.hpp"
#include "base/time.hpp"

namespace millwright::cli::litellm {

namespace {

constexpr int decimals_max = 9;
constexpr std::size_t digits_max = 30;
constexpr std::size_t name_bytes_max = 63;
constexpr double seconds_max = 100.0 * 365 * 86'400;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Digits without a point, and how many of them stand behind it.
struct Decimal {
  std::string digits;
  int decimals = 0;
};

std::optional<Decimal> parse_decimal(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  int exponent = 0;
  if (const auto e = text.find_first_of("eE"); e != std::string_view::npos) {
    auto power = text.substr(e + 1);
    if (power.starts_with('+')) power.remove_prefix(1);
    const auto end = power.data() + power.size();
    const auto read = std::from_chars(power.data(), end, exponent);
    if (power.empty() || read.ec != std::errc() || read.ptr != end || std::abs(exponent) > 30) return std::nullopt;
    text = text.substr(0, e);
  }
  Decimal decimal;
  bool has_point = false;
  for (const char c : text) {
    if (c == '_') continue;
    if (c == '.' && !has_point) {
      has_point = true;
    } else if (is_digit(c)) {
      decimal.digits += c;
      decimal.decimals += has_point ? 1 : 0;
    } else {
      return std::nullopt;
    }
  }
  if (decimal.digits.empty() || decimal.digits.size() > digits_max) return std::nullopt;
  decimal.decimals -= exponent;
  return decimal;
}

std::string render(Decimal decimal) {
  if (decimal.decimals < 0) {
    decimal.digits.append(static_cast<std::size_t>(-decimal.decimals), '0');
    decimal.decimals = 0;
  }
  const auto decimals = static_cast<std::size_t>(decimal.decimals);
  if (decimal.digits.size() <= decimals) decimal.digits.insert(0, decimals + 1 - decimal.digits.size(), '0');
  auto whole = decimal.digits.substr(0, decimal.digits.size() - decimals);
  auto fraction = decimal.digits.substr(decimal.digits.size() - decimals);
  whole.erase(0, std::min(whole.find_first_not_of('0'), whole.size() - 1));
  fraction.erase(fraction.find_last_not_of('0') + 1);
  return fraction.empty() ? whole : whole + "." + fraction;
}

enum class Rounding : std::uint8_t { Nearest, Up };

/// At most `decimals_max` digits behind the point.
std::string rounded(std::string text, Rounding rounding) {
  const auto point = text.find('.');
  if (point == std::string::npos || text.size() - point - 1 <= decimals_max) return text;
  const auto rest = text.substr(point + 1 + decimals_max);
  const bool rounds_up = rounding == Rounding::Up ? rest.find_first_not_of('0') != std::string::npos : rest[0] >= '5';
  text.resize(point + 1 + decimals_max);
  for (auto i = rounds_up ? text.size() : 0; i-- > 0;) {
    if (text[i] == '.') continue;
    if (text[i] != '9') {
      ++text[i];
      break;
    }
    text[i] = '0';
    if (i == 0) text.insert(0, 1, '1');
  }
  const auto decimal = parse_decimal(text);
  return decimal ? render(*decimal) : text;
}

}  // namespace

std::optional<std::string> shifted_decimal(std::string_view number, int shift) {
  auto decimal = parse_decimal(number);
  if (!decimal) return std::nullopt;
  decimal->decimals -= shift;
  if (decimal->decimals > 60 || decimal->decimals < -60) return std::nullopt;
  return render(*decimal);
}

std::optional<std::string> price_per_million(std::string_view usd_per_token) {
  auto text = shifted_decimal(usd_per_token, 6);
  if (!text) return std::nullopt;
  return rounded(std::move(*text), Rounding::Nearest) + " USD/Mtok";
}

std::optional<std::string> money(std::string_view usd) {
  auto text = shifted_decimal(usd, 0);
  if (!text) return std::nullopt;
  return rounded(std::move(*text), Rounding::Up) + " USD";
}

std::optional<double> seconds(std::string_view duration) {
  const auto text = trimmed(duration);
  std::size_t end = 0;
  while (end < text.size() && (is_digit(text[end]) || text[end] == '.')) ++end;
  double number = 0;
  const auto read = std::from_chars(text.data(), text.data() + end, number);
  if (end == 0 || read.ec != std::errc() || read.ptr != text.data() + end) return std::nullopt;
  const auto unit = trimmed(text.substr(end));
  const std::pair<std::string_view, double> units[] = {
      {"", 1}, {"s", 1}, {"m", 60}, {"h", 3'600}, {"d", 86'400}, {"w", 604'800}, {"mo", 2'592'000}, {"y", 31'536'000}};
  for (const auto& [name, factor] : units) {
    if (unit == name && number * factor <= seconds_max) return number * factor;
  }
  return std::nullopt;
}

std::string duration_text(double seconds) {
  const auto milliseconds = std::clamp(std::llround(seconds * 1'000), 1LL, std::llround(seconds_max) * 1'000);
  return render_duration(Duration(milliseconds));
}

std::string object_name(std::string_view text) {
  std::string name;
  for (const char c : to_lower_ascii(text)) {
    const bool is_word = (c >= 'a' && c <= 'z') || is_digit(c);
    if (is_word || ((c == '.' || c == '_' || c == '-') && !name.empty())) {
      name += c;
    } else if (!name.empty() && name.back() != '-') {
      name += '-';
    }
    if (name.size() == name_bytes_max) break;
  }
  while (name.ends_with('-')) name.pop_back();
  return name.empty() ? "x" : name;
}

std::string variable_name(std::string_view text) {
  std::string name;
  for (const char c : text) {
    const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (is_letter) {
      name += c >= 'a' ? static_cast<char>(c - 'a' + 'A') : c;
    } else if (is_digit(c) && !name.empty()) {
      name += c;
    } else if (!name.empty() && name.back() != '_') {
      name += '_';
    }
  }
  while (name.ends_with('_')) name.pop_back();
  return name.empty() ? "SECRET" : name;
}

bool is_true(std::string_view text) {
  const auto lower = to_lower_ascii(text);
  return lower == "true" || lower == "yes" || lower == "on" || lower == "1";
}

}  // namespace millwright::cli::litellm
