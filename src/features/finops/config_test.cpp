#include "features/finops/config.hpp"

#include <gtest/gtest.h>

#include "features/finops/finops.hpp"

namespace millwright::finops {
namespace {

struct Parsed {
  std::vector<PriceVersion> prices;
  config::Faults faults;
};

/// A model with these lines below it, through the whole validation.
Parsed parse(std::string_view lines) {
  const config::Section section{
      "model",
      config::object("A model.", {{"price", price_spec()}, {"price_history", config::list_of("More.", price_spec())}})};
  auto tree = config::parse_yaml(fmt::format("model:\n{}", lines), "test.yaml");
  Parsed parsed;
  if (!tree) {
    parsed.faults = tree.error();
    return parsed;
  }
  auto valid = config::validate(std::move(*tree), {section});
  if (!valid) {
    parsed.faults = valid.error();
    return parsed;
  }
  parsed.prices = parse_prices((*valid)["model"], parsed.faults);
  return parsed;
}

TEST(ParsePrices, AFlatPriceHasNoVariantsAndFillsItsGaps) {
  const auto parsed = parse(
      "  price: {input: 3 USD/Mtok, cached_input: 0.30 USD/Mtok, cache_write: 3.75 USD/Mtok, output: 15 USD/Mtok}\n");
  ASSERT_TRUE(parsed.faults.empty()) << describe(parsed.faults[0]);
  ASSERT_EQ(parsed.prices.size(), 1u);
  const auto& price = parsed.prices[0].price;
  EXPECT_TRUE(price.variants.empty());
  EXPECT_EQ(render_unit_price(price.reasoning), "15 USD/Mtok");
  EXPECT_EQ(render_unit_price(price.cache_write_1h), "6 USD/Mtok");
  EXPECT_EQ(price.tool_request.nano_per_million, 0);
  EXPECT_EQ(parsed.prices[0].from, Timestamp{});
}

TEST(ParsePrices, ReadsWhatIsBilledByThePiece) {
  const auto parsed = parse(R"(  price:
    input: 0 USD/Mtok
    output: 0 USD/Mtok
    images: [{quality: hd, size: 1024x1792, price: 0.12 USD/unit}, {price: 0.02 USD/unit}]
    audio_second: 0.0001 USD/unit
    character: 15 USD/Munit
)");
  ASSERT_TRUE(parsed.faults.empty()) << describe(parsed.faults[0]);
  const auto& price = parsed.prices.at(0).price;
  EXPECT_EQ(render_decimal(cost_of({.image_out = 2}, by_image(price, "hd", "1024x1792").value())), "0.24");
  EXPECT_EQ(render_decimal(cost_of({.image_out = 1}, by_image(price, "low", "1x1").value())), "0.02");
  EXPECT_EQ(render_decimal(cost_of({.audio_in = 90'000}, by_second(price).value())), "0.009");
  EXPECT_EQ(render_decimal(cost_of({.input = 1'000}, by_character(price).value())), "0.015");
  EXPECT_NE(price.version, ModelPrice().version);
}

TEST(ParsePrices, ReadsBandsTiersHoursDatesAndHistory) {
  const auto parsed = parse(R"(  price:
    input: 1 USD/Mtok
    output: 2 USD/Mtok
    tool_request: 0.01 USD/unit
    batch: {input: 0.5 USD/Mtok, output: 1 USD/Mtok}
    above:
      - {tokens: 200000, input: 2 USD/Mtok, output: 4 USD/Mtok}
      - {tokens: 200000, tier: batch, input: 1 USD/Mtok, output: 2 USD/Mtok}
    hours: [{utc: ["01:00-04:00"], days: mon-fri, input: 3 USD/Mtok}]
    from: 2026-07-01
  price_history: [{input: 9 USD/Mtok, output: 9 USD/Mtok, until: 2026-07-01}]
)");
  ASSERT_TRUE(parsed.faults.empty()) << describe(parsed.faults[0]);
  ASSERT_EQ(parsed.prices.size(), 2u);
  const auto& price = parsed.prices[0].price;
  const auto cost = [&](std::int64_t tokens, ServiceTier tier, std::string_view time) {
    return render_decimal(cost_of({tokens, 0, 0, 0, 0}, price, {tier, *parse_time(time)}));
  };
  EXPECT_EQ(cost(100'000, ServiceTier::Standard, "2026-11-24T12:00:00Z"), "0.1");
  EXPECT_EQ(cost(100'000, ServiceTier::Standard, "2026-11-24T01:00:00Z"), "0.3");
  EXPECT_EQ(cost(100'000, ServiceTier::Batch, "2026-11-24T12:00:00Z"), "0.05");
  EXPECT_EQ(cost(300'000, ServiceTier::Standard, "2026-11-24T12:00:00Z"), "0.6");
  EXPECT_EQ(cost(300'000, ServiceTier::Batch, "2026-11-24T12:00:00Z"), "0.3");
  EXPECT_EQ(render_decimal(cost_of({0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2}, price)), "0.02");
  EXPECT_EQ(parsed.prices[0].from, *parse_time("2026-07-01T00:00:00Z"));
  EXPECT_EQ(parsed.prices[1].until, parsed.prices[0].from);
}

TEST(ParsePrices, AWrongUnitIsAFaultUnlessItIsMeant) {
  const auto wrong = parse("  price: {input: 0.15 USD/tok, output: 0.60 USD/Mtok}\n");
  ASSERT_EQ(wrong.faults.size(), 1u);
  EXPECT_NE(wrong.faults[0].message.find("input"), std::string::npos);
  EXPECT_NE(wrong.faults[0].fix.find("unusual"), std::string::npos);
  EXPECT_EQ(wrong.faults[0].where.line, 2u);
  EXPECT_EQ(parse("  price: {input: 0.00000015 USD/Mtok, output: 0.60 USD/Mtok}\n").faults.size(), 1u);
  EXPECT_TRUE(parse("  price: {input: 0.15 USD/tok, output: 0.60 USD/Mtok, unusual: true}\n").faults.empty());
  EXPECT_TRUE(parse("  price: {input: 0 USD/Mtok, output: 0 USD/Mtok}\n").faults.empty()) << "free is meant";
}

TEST(ParsePrices, HoursAndDatesThatAreNoneAreFaults) {
  EXPECT_FALSE(
      parse("  price: {input: 1 USD/Mtok, output: 1 USD/Mtok, hours: [{utc: [\"22:00-02:00\"], input: 2 USD/Mtok}]}\n")
          .faults.empty());
  EXPECT_FALSE(
      parse("  price: {input: 1 USD/Mtok, output: 1 USD/Mtok, from: 2026-07-02, until: 2026-07-01}\n").faults.empty());
  EXPECT_FALSE(parse("  price: {input: 1 USD/Mtok, output: 1 USD/Mtok, abov: []}\n").faults.empty());
}

}  // namespace
}  // namespace millwright::finops
