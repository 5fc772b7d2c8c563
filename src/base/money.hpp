// Exact money: integers only, never floating point. 1 USD = 1,000,000,000 nano-USD.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.hpp"

namespace millwright {

/// An amount in nano-USD. Range about ±9.2 billion USD; sums saturate at the ends, so that an overflow can only
/// close a budget, never open it.
class Money {
 public:
  constexpr Money() = default;
  static constexpr Money from_nano(std::int64_t nano) { return Money(nano); }
  [[nodiscard]] constexpr std::int64_t nano() const { return nano_; }

  constexpr auto operator<=>(const Money&) const = default;
  constexpr Money operator+(Money other) const { return Money(saturating_add(nano_, other.nano_)); }
  constexpr Money operator-(Money other) const {
    return Money(other.nano_ == INT64_MIN ? saturating_add(nano_ + 1, INT64_MAX)
                                          : saturating_add(nano_, -other.nano_));
  }
  constexpr Money& operator+=(Money other) { return *this = *this + other; }
  constexpr Money& operator-=(Money other) { return *this = *this - other; }

 private:
  explicit constexpr Money(std::int64_t nano) : nano_(nano) {}
  static constexpr std::int64_t saturating_add(std::int64_t a, std::int64_t b) {
    std::int64_t sum = 0;
    if (!__builtin_add_overflow(a, b, &sum)) return sum;
    return a > 0 ? INT64_MAX : INT64_MIN;
  }
  std::int64_t nano_ = 0;
};

/// "12.50 USD" → Money. At most nine decimals, no sign, no exponent.
[[nodiscard]] Result<Money> parse_money(std::string_view text);
/// The shortest exact decimal, without currency: "0.00002", "12.5", "0".
[[nodiscard]] std::string render_decimal(Money money);
void append_decimal(std::string& out, Money money);

/// A price in nano-USD per million units (tokens, characters, images…).
struct UnitPrice {
  std::int64_t nano_per_million = 0;
  auto operator<=>(const UnitPrice&) const = default;
};
/// "0.15 USD/Mtok", "0.15 USD/ktok", "0.00000015 USD/tok" → UnitPrice; a price that is no whole number of
/// nano-USD per million is an error.
[[nodiscard]] Result<UnitPrice> parse_unit_price(std::string_view text);
/// "0.15 USD/Mtok"
[[nodiscard]] std::string render_unit_price(UnitPrice price);

/// Adds up `count × price` without intermediate rounding; round once, at the end, half up.
class CostSum {
 public:
  void add(std::int64_t count, UnitPrice price) {
    total_ += static_cast<__int128>(count) * price.nano_per_million;
  }
  [[nodiscard]] Money rounded() const;
  /// Rounded up: for what is held in reserve.
  [[nodiscard]] Money ceiling() const;

 private:
  __int128 total_ = 0;
};

}  // namespace millwright
