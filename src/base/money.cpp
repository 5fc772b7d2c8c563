#include "base/money.hpp"

#include <array>

namespace millwright {
namespace {

constexpr std::int64_t nano_per_usd = 1'000'000'000;
constexpr __int128 million = 1'000'000;

Money clamp(__int128 nano) {
  if (nano > INT64_MAX) return Money::from_nano(INT64_MAX);
  if (nano < INT64_MIN) return Money::from_nano(INT64_MIN);
  return Money::from_nano(static_cast<std::int64_t>(nano));
}

/// A plain decimal as an integer count of 10^-decimals.
Result<__int128> parse_decimal(std::string_view digits, int decimals, std::string_view whole_text) {
  __int128 value = 0;
  int after_point = -1;
  bool any = false;
  for (const char c : digits) {
    if (c == '.' && after_point < 0) {
      after_point = 0;
      continue;
    }
    if (c < '0' || c > '9') return fail(ErrorCode::InvalidInput, "\"{}\" is not an amount", whole_text);
    any = true;
    if (after_point >= 0 && ++after_point > decimals) {
      if (c == '0') continue;
      return fail(ErrorCode::InvalidInput, "\"{}\" has more than {} decimals", whole_text, decimals);
    }
    value = value * 10 + (c - '0');
    if (value > static_cast<__int128>(INT64_MAX) * million) {
      return fail(ErrorCode::InvalidInput, "\"{}\" is too large an amount", whole_text);
    }
  }
  if (!any) return fail(ErrorCode::InvalidInput, "\"{}\" is not an amount", whole_text);
  for (int i = std::max(after_point, 0); i < decimals; ++i) value *= 10;
  return value;
}

}  // namespace

Result<Money> parse_money(std::string_view text) {
  const auto space = text.find(' ');
  if (space == std::string_view::npos || text.substr(space + 1) != "USD") {
    auto error = fail(ErrorCode::InvalidInput, "\"{}\" is not an amount of money", text);
    error.error().fix = "Write a number, a space and USD, as in \"12.50 USD\".";
    return error;
  }
  auto nano = parse_decimal(text.substr(0, space), 9, text);
  if (!nano) return pass(nano);
  if (*nano > INT64_MAX) return fail(ErrorCode::InvalidInput, "\"{}\" is too large an amount", text);
  return Money::from_nano(static_cast<std::int64_t>(*nano));
}

void append_decimal(std::string& out, Money money) {
  constexpr int decimals = 9;
  const bool is_negative = money.nano() < 0;
  const auto absolute = is_negative ? 0 - static_cast<std::uint64_t>(money.nano())
                                    : static_cast<std::uint64_t>(money.nano());
  if (is_negative) out.push_back('-');
  out.append(fmt::format_int(absolute / nano_per_usd).c_str());
  auto fraction = absolute % nano_per_usd;
  if (fraction == 0) return;
  std::array<char, decimals + 1> digits;
  digits[0] = '.';
  for (std::size_t i = decimals; i > 0; --i, fraction /= 10) digits.at(i) = static_cast<char>('0' + fraction % 10);
  std::string_view text(digits.data(), digits.size());
  text.remove_suffix(text.size() - 1 - text.find_last_not_of('0'));
  out.append(text);
}

std::string render_decimal(Money money) {
  std::string text;
  append_decimal(text, money);
  return text;
}

Result<UnitPrice> parse_unit_price(std::string_view text) {
  const auto space = text.find(' ');
  const auto unit = space == std::string_view::npos ? std::string_view() : text.substr(space + 1);
  // Decimals of one USD that make one nano-USD per million units.
  int decimals = 0;
  if (unit == "USD/Mtok" || unit == "USD/Munit") {
    decimals = 9;
  } else if (unit == "USD/ktok" || unit == "USD/kunit") {
    decimals = 12;
  } else if (unit == "USD/tok" || unit == "USD/unit") {
    decimals = 15;
  } else {
    auto error = fail(ErrorCode::InvalidInput, "\"{}\" is not a price", text);
    error.error().fix = "Write a number and a unit, as in \"0.15 USD/Mtok\".";
    return error;
  }
  auto nano = parse_decimal(text.substr(0, space), decimals, text);
  if (!nano) return pass(nano);
  constexpr std::int64_t nano_per_million_max = 1'000'000'000'000'000;  // a million USD per million tokens
  if (*nano > nano_per_million_max) {
    return fail(ErrorCode::InvalidInput, "\"{}\" is more than 1 USD a token: check the unit", text);
  }
  return UnitPrice{static_cast<std::int64_t>(*nano)};
}

std::string render_unit_price(UnitPrice price) {
  return render_decimal(Money::from_nano(price.nano_per_million)) + " USD/Mtok";
}

Money CostSum::rounded() const {
  return clamp(total_ >= 0 ? (total_ + million / 2) / million : -((-total_ + million / 2) / million));
}

Money CostSum::ceiling() const { return clamp(total_ > 0 ? (total_ + million - 1) / million : total_ / million); }

}  // namespace millwright
