#include "base/money.hpp"

#include <random>

#include <gtest/gtest.h>

namespace millwright {
namespace {

TEST(Money, ParsesAndRendersExactly) {
  struct Case {
    std::string_view text;
    std::int64_t nano;
    std::string_view rendered;
  };
  for (const auto& [text, nano, rendered] : {
           Case{"12.50 USD", 12'500'000'000, "12.5"},
           Case{"0 USD", 0, "0"},
           Case{"0.000000001 USD", 1, "0.000000001"},
           Case{"0.00002 USD", 20'000, "0.00002"},
           Case{"9223372036.854775807 USD", INT64_MAX, "9223372036.854775807"},
           Case{"1.0000000000 USD", 1'000'000'000, "1"},
           Case{".5 USD", 500'000'000, "0.5"},
       }) {
    const auto money = parse_money(text);
    ASSERT_TRUE(money.has_value()) << text;
    EXPECT_EQ(money->nano(), nano) << text;
    EXPECT_EQ(render_decimal(*money), rendered);
  }
}

TEST(Money, RefusesWhatIsNoAmount) {
  for (const std::string_view text : {"", "12.50", "USD", " USD", "12.5 EUR", "-1 USD", "1e3 USD", "1,000 USD", "12.50USD",
                                      "0.0000000001 USD", "9223372036.854775808 USD", "1.2.3 USD", ". USD",
                                      "99999999999999999999999999999999999999999999 USD"}) {
    EXPECT_FALSE(parse_money(text).has_value()) << text;
  }
}

TEST(Money, SumsSaturateInsteadOfWrapping) {
  const auto max = Money::from_nano(INT64_MAX);
  const auto min = Money::from_nano(INT64_MIN);
  const auto one = Money::from_nano(1);
  EXPECT_EQ(max + one, max);
  EXPECT_EQ(min - one, min);
  EXPECT_EQ(Money() - min, max);
  EXPECT_EQ(max - max, Money());
  EXPECT_EQ(min - min, Money());
  EXPECT_EQ(render_decimal(min), "-9223372036.854775808");
}

TEST(Money, RenderingAndParsingAreInverse) {
  std::mt19937_64 random(7);
  for (int i = 0; i < 20'000; ++i) {
    const auto money = Money::from_nano(static_cast<std::int64_t>(random() >> (1 + random() % 60)));
    ASSERT_EQ(parse_money(render_decimal(money) + " USD").value(), money);
  }
}

TEST(UnitPrice, ParsesEveryUnitToTheSamePrice) {
  for (const std::string_view text : {"0.15 USD/Mtok", "0.00015 USD/ktok", "0.00000015 USD/tok", "0.15 USD/Munit"}) {
    EXPECT_EQ(parse_unit_price(text).value().nano_per_million, 150'000'000) << text;
  }
  EXPECT_EQ(render_unit_price({150'000'000}), "0.15 USD/Mtok");
}

TEST(UnitPrice, RefusesWhatCannotBeExactOrSane) {
  for (const std::string_view text : {"0.15", "0.15 USD", "0.15 EUR/Mtok", "0.0000000001 USD/Mtok", "2 USD/tok",
                                      "0.0000000000000001 USD/tok", "-1 USD/Mtok", " USD/Mtok"}) {
    EXPECT_FALSE(parse_unit_price(text).has_value()) << text;
  }
}

TEST(CostSum, RoundsOnceAndHalfUp) {
  struct Case {
    std::int64_t count;
    std::int64_t nano_per_million;
    std::int64_t rounded;
    std::int64_t ceiling;
  };
  for (const auto& [count, price, rounded, ceiling] : {
           Case{0, 150'000'000, 0, 0},
           Case{1, 499'999, 0, 1},
           Case{1, 500'000, 1, 1},
           Case{1, 1'000'000, 1, 1},
           Case{3, 500'000, 2, 2},
           Case{-1, 500'000, -1, 0},
           Case{INT64_MAX, INT64_MAX, INT64_MAX, INT64_MAX},
       }) {
    CostSum sum;
    sum.add(count, {price});
    EXPECT_EQ(sum.rounded().nano(), rounded) << count << " × " << price;
    EXPECT_EQ(sum.ceiling().nano(), ceiling) << count << " × " << price;
  }
}

TEST(CostSum, DoesNotDependOnHowTokensAreSplit) {
  std::mt19937_64 random(11);
  for (int round = 0; round < 5'000; ++round) {
    const UnitPrice price{static_cast<std::int64_t>(random() % 100'000'000'000)};
    CostSum parts;
    std::int64_t whole = 0;
    for (int i = 0; i < 20; ++i) {
      const auto count = static_cast<std::int64_t>(random() % 10'000);
      parts.add(count, price);
      whole += count;
    }
    CostSum at_once;
    at_once.add(whole, price);
    ASSERT_EQ(parts.rounded(), at_once.rounded());
    ASSERT_EQ(parts.ceiling(), at_once.ceiling());
    ASSERT_GE(parts.ceiling(), parts.rounded());
    ASSERT_LE((parts.ceiling() - parts.rounded()).nano(), 1);
  }
}

}  // namespace
}  // namespace millwright
