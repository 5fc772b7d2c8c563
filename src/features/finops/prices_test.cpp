#include <random>

#include <gtest/gtest.h>

#include "features/finops/finops.hpp"

namespace millwright::finops {
namespace {

ModelPrice mini() {
  ModelPrice price;
  price.input = *parse_unit_price("0.15 USD/Mtok");
  price.cache_read = *parse_unit_price("0.075 USD/Mtok");
  price.cache_write = price.cache_write_1h = price.audio_in = price.image_in = price.input;
  price.output = *parse_unit_price("0.60 USD/Mtok");
  price.reasoning = price.audio_out = price.image_out = price.output;
  price.tool_request = *parse_unit_price("0.01 USD/unit");
  price.version = "test";
  return price;
}

RateCard times(const RateCard& card, std::int64_t factor) {
  RateCard made;
  for (const auto& meter : priced_meters) made.*meter.price = {(card.*meter.price).nano_per_million * factor};
  return made;
}

Timestamp at(std::string_view time) { return *parse_time(time); }

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
      Case{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3}, "0.03"},
  };
  for (const auto& c : cases) EXPECT_EQ(render_decimal(cost_of(c.tokens, mini())), c.usd);
}

TEST(CostOf, RoundsOncePerRowHalfUp) {
  ModelPrice price = mini();
  price.input.nano_per_million = 499'999;  // less than half a nano-dollar a token
  EXPECT_EQ(cost_of({1, 0, 0, 0, 0}, price).nano(), 0);
  EXPECT_EQ(cost_of({2, 0, 0, 0, 0}, price).nano(), 1);
  price.input.nano_per_million = 500'000;
  EXPECT_EQ(cost_of({1, 0, 0, 0, 0}, price).nano(), 1);
}

TEST(CostOf, SaturatesInsteadOfOverflowing) {
  ModelPrice price = mini();
  price.input.nano_per_million = 1'000'000'000'000'000;
  EXPECT_EQ(cost_of({INT64_MAX, INT64_MAX, 0, 0, 0}, price).nano(), INT64_MAX);
  EXPECT_EQ(cost_of({-5, 0, 0, 0, 0}, price).nano(), 0);
}

TEST(CostOf, AWholeCallGoesByTheBandItsInputReaches) {
  auto price = mini();
  price.variants.push_back({ServiceTier::Standard, 200'000, {}, times(price, 2)});
  price.variants.push_back({ServiceTier::Standard, 272'000, {}, times(price, 4)});
  EXPECT_EQ(cost_of({200'000, 0, 0, 0, 0}, price), cost_of({200'000, 0, 0, 0, 0}, mini()));
  EXPECT_EQ(cost_of({200'001, 0, 0, 10, 0}, price).nano(), 2 * cost_of({200'001, 0, 0, 10, 0}, mini()).nano());
  // Cached tokens count for the length of the input, whatever they cost.
  EXPECT_EQ(cost_of({1, 200'000, 0, 0, 0}, price).nano(), 2 * cost_of({1, 200'000, 0, 0, 0}, mini()).nano());
  EXPECT_EQ(cost_of({300'000, 0, 0, 0, 0}, price).nano(), 4 * cost_of({300'000, 0, 0, 0, 0}, mini()).nano());
}

TEST(CostOf, TheTierThatServedDecidesAndAnUnknownOneIsMarked) {
  auto price = mini();
  price.variants.push_back({ServiceTier::Priority, 0, {}, times(price, 2)});
  const TokenCounts tokens{1'000'000, 0, 0, 0, 0};
  EXPECT_EQ(render_decimal(cost_of(tokens, price, {ServiceTier::Priority, {}})), "0.3");
  EXPECT_EQ(render_decimal(cost_of(tokens, price, {ServiceTier::Standard, {}})), "0.15");
  EXPECT_EQ(render_decimal(cost_of(tokens, price, {ServiceTier::Batch, {}})), "0.15");
  EXPECT_EQ(render_decimal(cost_of(tokens, price, {ServiceTier::Other, {}})), "0.3");
  EXPECT_TRUE(price.has_tier(ServiceTier::Priority));
  EXPECT_FALSE(mini().has_tier(ServiceTier::Priority));
  EXPECT_FALSE(price.has_tier(ServiceTier::Other));
  EXPECT_EQ(find_tier("auto"), ServiceTier::Standard);
  EXPECT_EQ(find_tier("ultrafast"), ServiceTier::Other);
}

TEST(CostOf, HoursAreUtcAndDaysOfTheWeek) {
  auto price = mini();
  price.variants.push_back({ServiceTier::Standard, 0, {{60, 240, 0x1f}, {360, 600, 0x1f}}, times(price, 2)});
  const TokenCounts tokens{1'000'000, 0, 0, 0, 0};
  const auto cost_at = [&](std::string_view time) {
    return render_decimal(cost_of(tokens, price, {ServiceTier::Standard, at(time)}));
  };
  EXPECT_EQ(cost_at("2026-11-24T01:00:00Z"), "0.3");  // a Tuesday
  EXPECT_EQ(cost_at("2026-11-24T03:59:59Z"), "0.3");
  EXPECT_EQ(cost_at("2026-11-24T04:00:00Z"), "0.15");
  EXPECT_EQ(cost_at("2026-11-24T06:00:00Z"), "0.3");
  EXPECT_EQ(cost_at("2026-11-22T01:30:00Z"), "0.15");  // a Sunday
}

TEST(CostOf, UpliftIsPartOfTheOneRounding) {
  auto price = mini();
  price.uplift_basis_points = 1'000;
  EXPECT_EQ(render_decimal(cost_of({1'000'000, 0, 0, 0, 0}, price)), "0.165");
}

/// Any price and usage, mostly near the edges of bands.
class Random {
 public:
  explicit Random(std::uint64_t seed) : random_(seed) {}
  std::int64_t upto(std::int64_t most) {
    return static_cast<std::int64_t>(random_() % static_cast<std::uint64_t>(most + 1));
  }
  RateCard card() {
    RateCard made;
    for (const auto& meter : priced_meters) made.*meter.price = {upto(3) == 0 ? 0 : upto(200'000'000'000)};
    return made;
  }
  ModelPrice price() {
    ModelPrice made;
    static_cast<RateCard&>(made) = card();
    for (auto left = upto(6); left > 0; --left) {
      PriceVariant variant{static_cast<ServiceTier>(upto(3)), upto(2) * 1'000, {}, card()};
      if (upto(2) == 0)
        variant.hours.push_back({static_cast<std::uint16_t>(upto(700)), static_cast<std::uint16_t>(701 + upto(700)),
                                 static_cast<std::uint8_t>(upto(127))});
      made.variants.push_back(variant);
    }
    made.uplift_basis_points = upto(3) == 0 ? upto(2'000) : 0;
    return made;
  }
  PriceContext context() {
    return {static_cast<ServiceTier>(upto(4)), Timestamp(std::chrono::minutes(29'000'000 + upto(20'000)))};
  }
  /// Spread over the meters of one side that `may` allows.
  void spread(TokenCounts& tokens, std::int64_t total, MeterSide side, const CallBounds& bounds) {
    for (auto left = total; left > 0;) {
      const auto& meter = priced_meters[static_cast<std::size_t>(upto(10))];
      const bool is_audio = meter.name.starts_with("audio"), is_image = meter.name.starts_with("image");
      if (meter.side != side || (is_audio && !bounds.may_use_audio) || (is_image && !bounds.may_use_images)) continue;
      if (meter.name == "cache_write_1h" && !bounds.may_cache_1h) continue;
      const auto part = upto(left);
      tokens.*meter.count += part;
      left -= std::max<std::int64_t>(part, 1);
    }
  }

 private:
  std::mt19937_64 random_;
};

TEST(Prices, PartsAreTheWholeToTheNanoDollar) {
  const auto seed = std::random_device()();
  SCOPED_TRACE(fmt::format("seed {}", seed));
  Random random(seed);
  for (int i = 0; i < 5'000; ++i) {
    const auto price = random.price();
    const auto context = random.context();
    TokenCounts tokens;
    for (const auto& meter : priced_meters) tokens.*meter.count = random.upto(2) == 0 ? random.upto(5'000) : 0;
    const auto parts = parts_of(tokens, price, context);
    Money sum;
    for (std::size_t m = 0; m < parts.size(); ++m) {
      sum += parts[m];
      EXPECT_GE(parts[m], Money());
      if (tokens.*priced_meters[m].count == 0) {
        EXPECT_EQ(parts[m], Money());
      }
    }
    ASSERT_EQ(sum, cost_of(tokens, price, context));
  }
}

TEST(Prices, NoUsageWithinTheBoundsCostsMoreThanTheWorstCase) {
  const auto seed = std::random_device()();
  SCOPED_TRACE(fmt::format("seed {}", seed));
  Random random(seed);
  for (int i = 0; i < 20'000; ++i) {
    const auto price = random.price();
    auto context = random.context();
    CallBounds bounds{random.upto(3'000),
                      random.upto(500),
                      random.upto(3),
                      random.upto(1) == 1,
                      random.upto(1) == 1,
                      random.upto(1) == 1,
                      {}};
    if (random.upto(2) == 0) {
      bounds.tier = static_cast<ServiceTier>(random.upto(3));
      context.tier = random.upto(1) == 0 ? *bounds.tier : ServiceTier::Standard;
    }
    TokenCounts tokens;
    random.spread(tokens, random.upto(bounds.input_max), MeterSide::Input, bounds);
    random.spread(tokens, random.upto(bounds.output_max), MeterSide::Output, bounds);
    tokens.tool_requests = random.upto(bounds.tool_requests_max);
    ASSERT_LE(cost_of(tokens, price, context), worst_case(bounds, price, context.time));
  }
}

TEST(PriceBook, AnUnknownModelCostsTheCeilingNotNothing) {
  ModelPrice ceiling = mini();
  ceiling.is_unpriced = true;
  const PriceBook book({{"mini", {{Timestamp{}, Timestamp::max(), mini(), "seed", ""}}}}, ceiling);
  EXPECT_FALSE(book.find("mini", {}).is_unpriced);
  EXPECT_TRUE(book.find("other", {}).is_unpriced);
  EXPECT_GT(cost_of({100, 0, 0, 0, 0}, book.find("other", {})), Money());
}

TEST(PriceBook, TheFirstVersionThatHoldsAtATimeCounts) {
  auto cheap = mini(), dear = mini();
  cheap.version = "cheap";
  dear.version = "dear";
  const auto change = at("2026-09-01T00:00:00Z");
  const PriceBook book(
      {{"m",
        {{change, Timestamp::max(), dear, "configuration", ""}, {Timestamp{}, Timestamp::max(), cheap, "seed", ""}}}},
      ModelPrice());
  EXPECT_EQ(book.find("m", change).version, "dear");
  EXPECT_EQ(book.find("m", change - std::chrono::microseconds(1)).version, "cheap");
}

}  // namespace
}  // namespace millwright::finops
