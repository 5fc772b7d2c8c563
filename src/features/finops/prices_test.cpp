#include <gtest/gtest.h>

#include "features/finops/finops.hpp"

namespace millwright::finops {
namespace {

ModelPrice mini() {
  ModelPrice price;
  price.input = *parse_unit_price("0.15 USD/Mtok");
  price.cache_read = *parse_unit_price("0.075 USD/Mtok");
  price.cache_write = price.input;
  price.output = *parse_unit_price("0.60 USD/Mtok");
  price.reasoning = price.output;
  price.version = "test";
  return price;
}

TEST(CostOf, CountsEachMeterOnce) {
  struct Case {
    TokenCounts tokens;
    std::string_view usd;
  };
  const std::array cases{
      Case{{1'000'000, 0, 0, 0, 0}, "0.15"},
      Case{{0, 1'000'000, 0, 0, 0}, "0.075"},
      Case{{0, 0, 0, 1'000'000, 0}, "0.6"},
      Case{{100, 900, 0, 50, 25}, "0.0001275"},
      Case{{0, 1, 0, 0, 0}, "0.000000075"},
      Case{{0, 0, 0, 0, 0}, "0"},
  };
  for (const auto& c : cases) EXPECT_EQ(render_decimal(cost_of(c.tokens, mini())), c.usd);
}

TEST(CostOf, RoundsOncePerRowHalfUp) {
  ModelPrice price = mini();
  price.input.nano_per_million = 499'999;   // less than half a nano-dollar a token
  EXPECT_EQ(cost_of({1, 0, 0, 0, 0}, price).nano(), 0);
  EXPECT_EQ(cost_of({2, 0, 0, 0, 0}, price).nano(), 1);
  price.input.nano_per_million = 500'000;
  EXPECT_EQ(cost_of({1, 0, 0, 0, 0}, price).nano(), 1);
}

TEST(WorstCase, IsNeverBelowAnyOutcomeWithinItsBounds) {
  const auto price = mini();
  const auto bound = worst_case(1000, 200, price);
  for (std::int64_t cached = 0; cached <= 1000; cached += 100) {
    for (std::int64_t reasoning = 0; reasoning <= 200; reasoning += 50) {
      EXPECT_LE(cost_of({1000 - cached, cached, 0, 200 - reasoning, reasoning}, price), bound);
    }
  }
}

TEST(PriceBook, AnUnknownModelCostsTheCeilingNotNothing) {
  ModelPrice ceiling = mini();
  ceiling.is_unpriced = true;
  const PriceBook book({{"mini", mini()}}, ceiling);
  EXPECT_FALSE(book.find("mini").is_unpriced);
  EXPECT_TRUE(book.find("other").is_unpriced);
  EXPECT_GT(cost_of({100, 0, 0, 0, 0}, book.find("other")), Money());
}

}  // namespace
}  // namespace millwright::finops
