#include <gtest/gtest.h>

#include "features/finops/finops.hpp"
#include "features/finops/price_card.hpp"

namespace millwright::finops {
namespace {

std::string mtok(UnitPrice price) { return render_decimal(Money::from_nano(price.nano_per_million)); }

const PriceRow* find_row(const ParsedPrices& parsed, std::string_view vendor, std::string_view model) {
  const auto found = std::ranges::find_if(
      parsed.rows, [&](const PriceRow& row) { return row.vendor == vendor && row.model == model; });
  return found == parsed.rows.end() ? nullptr : &*found;
}

std::string why_of(const ParsedPrices& parsed, std::string_view model) {
  const auto found = std::ranges::find(parsed.lines, model, &ImportLine::model);
  return found == parsed.lines.end() ? std::string() : found->why;
}

TEST(ParsePriceNumber, ReadsTheDecimalThatWasWrittenNotItsBinaryNeighbour) {
  struct Case {
    std::string_view number;
    int exponent;
    std::string_view usd_per_million;
  };
  const std::array cases{
      Case{"1.5e-07", 0, "0.15"},
      Case{"1.25e-06", 0, "1.25"},
      Case{"0.000015", 0, "15"},
      Case{"3", 6, "3"},
      Case{"0.0375", 6, "0.0375"},
      Case{"0", 0, "0"},
      Case{"7.5e-08", 0, "0.075"},
      Case{"0.01", 0, "10000"},
      Case{"3.7500000000000003e-06", 0, "3.75"},
      Case{"8.333333333333e-09", 0, "0.008333333"},
      Case{"1.2345678905e-9", 0, "0.001234568"},
  };
  for (const auto& c : cases) {
    const auto price = parse_price_number(*parse_json(c.number), c.exponent);
    ASSERT_TRUE(price) << c.number;
    EXPECT_EQ(mtok(*price), c.usd_per_million) << c.number;
  }
  for (const auto* bad : {"-1e-6", "\"1\"", "1e300", "null"})
    EXPECT_FALSE(parse_price_number(*parse_json(bad), 0)) << bad;
}

constexpr std::string_view litellm = R"({
  "sample_spec": {"litellm_provider": "one of", "input_cost_per_token": 0},
  "gpt-5.4": {"litellm_provider": "openai", "mode": "chat", "input_cost_per_token": 2.5e-06, "output_cost_per_token": 1.5e-05,
    "cache_read_input_token_cost": 2.5e-07, "input_cost_per_token_above_272k_tokens": 5e-06,
    "output_cost_per_token_above_272k_tokens": 2.25e-05, "input_cost_per_token_priority": 5e-06,
    "output_cost_per_token_priority": 3e-05, "input_cost_per_token_batches": 1.25e-06, "output_cost_per_token_batches": 7.5e-06,
    "input_cost_per_token_above_272k_tokens_priority": 1e-05, "regional_processing_uplift_multiplier_eu": 1.1},
  "anthropic/claude-x": {"litellm_provider": "anthropic", "mode": "chat", "input_cost_per_token": 3e-06,
    "output_cost_per_token": 1.5e-05, "cache_creation_input_token_cost": 3.75e-06,
    "cache_creation_input_token_cost_above_1hr": 6e-06, "cache_read_input_token_cost": 3e-07,
    "search_context_cost_per_query": {"search_context_size_low": 0.01, "search_context_size_high": 0.02}},
  "gemini/g": {"litellm_provider": "gemini", "mode": "chat", "input_cost_per_token": 1e-06, "output_cost_per_token": 2e-06,
    "input_cost_per_audio_token": 3e-06, "output_cost_per_image": 0.04},
  "dall-e": {"litellm_provider": "openai", "mode": "image_generation", "input_cost_per_pixel": 1e-8},
  "free": {"litellm_provider": "ollama", "mode": "chat", "input_cost_per_token": 0, "output_cost_per_token": 0},
  "odd": {"litellm_provider": "openai", "mode": "chat", "input_cost_per_token": -1, "output_cost_per_token": 1e-6},
  "text-embedding": {"litellm_provider": "openai", "mode": "embedding", "input_cost_per_token": 2e-08}
})";

TEST(ParsePricesFile, ReadsLiteLlmWithTiersBandsCachesAndUplift) {
  const auto parsed = parse_prices_file(litellm);
  ASSERT_TRUE(parsed) << describe(parsed.error());
  EXPECT_EQ(parsed->format, "litellm");
  const auto* gpt = find_row(*parsed, "openai", "gpt-5.4");
  ASSERT_NE(gpt, nullptr);
  EXPECT_EQ(mtok(gpt->price.input), "2.5");
  EXPECT_EQ(gpt->uplifts.at("eu"), 1'000);
  const TokenCounts small{1'000'000, 0, 0, 0, 0};
  const auto cost = [&](const TokenCounts& tokens, ServiceTier tier) {
    return render_decimal(cost_of(tokens, gpt->price, {tier, {}}));
  };
  EXPECT_EQ(cost({100'000, 0, 0, 0, 0}, ServiceTier::Standard), "0.25");
  EXPECT_EQ(cost({100'000, 0, 0, 0, 0}, ServiceTier::Priority), "0.5");
  EXPECT_EQ(cost({100'000, 0, 0, 0, 0}, ServiceTier::Batch), "0.125");
  EXPECT_EQ(cost(small, ServiceTier::Standard), "5");
  EXPECT_EQ(cost(small, ServiceTier::Priority), "10");
  EXPECT_EQ(cost(small, ServiceTier::Batch), "5") << "no price of batch is known there: the standard one";
  const auto* claude = find_row(*parsed, "anthropic", "claude-x");
  ASSERT_NE(claude, nullptr);
  EXPECT_EQ(mtok(claude->price.cache_write), "3.75");
  EXPECT_EQ(mtok(claude->price.cache_write_1h), "6");
  EXPECT_EQ(mtok(claude->price.tool_request), "20000");
  const auto* gemini = find_row(*parsed, "gemini", "g");
  ASSERT_NE(gemini, nullptr);
  EXPECT_EQ(mtok(gemini->price.audio_in), "3");
  EXPECT_EQ(mtok(gemini->price.cache_read), "1") << "unset: as input";
  EXPECT_NE(find_row(*parsed, "ollama", "free"), nullptr);
  EXPECT_NE(find_row(*parsed, "openai", "text-embedding"), nullptr);
  EXPECT_EQ(why_of(*parsed, "g"), "not taken: output_cost_per_image");
  EXPECT_EQ(why_of(*parsed, "dall-e"), "it has no price of input tokens") << "pixels of no size are no price";
  EXPECT_EQ(why_of(*parsed, "odd"), "it has no price of input tokens");
  EXPECT_EQ(parsed->rows.size(), 5u);
}

TEST(ParsePricesFile, ReadsModelsDevWithItsBands) {
  const auto parsed = parse_prices_file(R"({
    "google": {"id": "google", "models": {
      "gemini-2.5-pro": {"cost": {"input": 1.25, "output": 10, "cache_read": 0.125,
        "context_over_200k": {"input": 2.5, "output": 15, "cache_read": 0.25}}},
      "nothing": {"name": "no price"}}},
    "openai": {"id": "openai", "models": {"gpt-5.5": {"cost": {"input": 5, "output": 30,
      "tiers": [{"tier": {"size": 272000}, "input": 10, "output": 45}]}}}}})");
  ASSERT_TRUE(parsed) << describe(parsed.error());
  EXPECT_EQ(parsed->format, "models.dev");
  const auto* gemini = find_row(*parsed, "gemini", "gemini-2.5-pro");
  ASSERT_NE(gemini, nullptr);
  EXPECT_EQ(render_decimal(cost_of({300'000, 0, 0, 0, 0}, gemini->price)), "0.75");
  const auto* gpt = find_row(*parsed, "openai", "gpt-5.5");
  ASSERT_NE(gpt, nullptr);
  EXPECT_EQ(render_decimal(cost_of({272'001, 0, 0, 0, 0}, gpt->price)), "2.72001");
  EXPECT_EQ(why_of(*parsed, "nothing"), "it has no price");
}

TEST(ParsePricesFile, RefusesWhatIsNoPriceList) {
  for (const auto* bad : {"", "[]", "{}", R"({"a": 1})", R"({"a": {"b": {}}})", R"({"prices": [1]})"}) {
    EXPECT_FALSE(parse_prices_file(bad)) << bad;
  }
}

TEST(ParsePricesFile, KeepsTheFirstOfAModelThatAFileHasTwice) {
  const auto parsed = parse_prices_file(R"({
    "m": {"litellm_provider": "openai", "input_cost_per_token": 1e-6, "output_cost_per_token": 1e-6},
    "openai/m": {"litellm_provider": "openai", "input_cost_per_token": 2e-6, "output_cost_per_token": 2e-6}})");
  ASSERT_TRUE(parsed);
  ASSERT_EQ(parsed->rows.size(), 1u);
  EXPECT_EQ(mtok(parsed->rows[0].price.input), "1");
}

TEST(PriceRow, IsTheSameAfterWritingAndReading) {
  PriceRow row;
  row.vendor = "deepseek";
  row.model = "m";
  row.aliases = {"n"};
  row.from = *parse_time("2026-07-01T00:00:00Z");
  row.source = "https://example.com";
  row.checked = *parse_time("2026-10-27T00:00:00Z");
  row.uplifts = {{"eu", 1'000}};
  row.price.input = {150'000'000};
  row.price.output = {600'000'000};
  PriceVariant peak{ServiceTier::Priority,
                    1'000,
                    {*parse_hours("01:00-04:00", "mon-fri"), *parse_hours("06:00-24:00", "mon-fri")},
                    row.price};
  peak.rates.input = {300'000'001};
  row.price.variants = {peak};
  row.price.version = version_of(row.price);
  const auto read = parse_row(render_row(row));
  ASSERT_TRUE(read) << describe(read.error());
  EXPECT_EQ(read->price, row.price);
  EXPECT_EQ(read->aliases, row.aliases);
  EXPECT_EQ(read->uplifts, row.uplifts);
  EXPECT_EQ(read->from, row.from);
  EXPECT_EQ(read->until, Timestamp::max());
  EXPECT_EQ(read->checked, row.checked);
}

TEST(ParseHours, TakesDaysAndRefusesSpansOverMidnight) {
  EXPECT_EQ(parse_hours("01:00-04:00", "mon-fri")->days, 0x1f);
  EXPECT_EQ(parse_hours("01:00-04:00", "sat,sun")->days, 0x60);
  EXPECT_EQ(parse_hours("00:00-24:00", "daily")->days, 0x7f);
  EXPECT_EQ(render_days(0x1f), "mon,tue,wed,thu,fri");
  for (const auto& [utc, days] :
       std::initializer_list<std::pair<const char*, const char*>>{{"22:00-02:00", ""},
                                                                  {"1-2", ""},
                                                                  {"01:00", ""},
                                                                  {"01:60-02:00", ""},
                                                                  {"01:00-25:00", ""},
                                                                  {"01:00-02:00", "fri-mon"},
                                                                  {"01:00-02:00", "someday"}}) {
    EXPECT_FALSE(parse_hours(utc, days)) << utc << " " << days;
  }
}

TEST(FindImplausible, SeesWrongUnitsButNotFreeOrDear) {
  ModelPrice price;
  price.input = *parse_unit_price("0.15 USD/Mtok");
  price.output = *parse_unit_price("0.60 USD/Mtok");
  EXPECT_FALSE(find_implausible(price));
  EXPECT_FALSE(find_implausible(ModelPrice()));
  auto wrong = price;
  wrong.input = *parse_unit_price("0.00000015 USD/Mtok");  // meant: a token
  EXPECT_TRUE(find_implausible(wrong));
  wrong = price;
  wrong.output = *parse_unit_price("0.60 USD/tok");
  EXPECT_TRUE(find_implausible(wrong));
  wrong = price;
  wrong.cache_read = *parse_unit_price("0.75 USD/Mtok");
  EXPECT_TRUE(find_implausible(wrong));
  wrong = price;
  wrong.variants.push_back({ServiceTier::Batch, 0, {}, wrong});
  wrong.variants[0].rates.output = *parse_unit_price("3000 USD/Mtok");
  EXPECT_TRUE(find_implausible(wrong));
}

TEST(VendorOfHost, OnlyAVendorsOwnAddressHasItsPrices) {
  EXPECT_EQ(vendor_of_host("api.openai.com"), "openai");
  EXPECT_EQ(vendor_of_host("bedrock-runtime.eu-central-1.amazonaws.com"), "bedrock");
  EXPECT_EQ(vendor_of_host("vpce-1.bedrock-runtime.us-east-1.vpce.amazonaws.com"), "bedrock");
  EXPECT_EQ(vendor_of_host("bedrock-runtime-fips.us-east-1.amazonaws.com"), "bedrock");
  EXPECT_EQ(vendor_of_host("bedrock-runtime.us-east-1.amazonaws.com.evil.example"), "");
  EXPECT_EQ(vendor_of_host("team.openai.azure.com"), "azure");
  EXPECT_EQ(vendor_of_host("team.cognitiveservices.azure.com"), "azure");
  EXPECT_EQ(vendor_of_host("127.0.0.1"), "");
  EXPECT_EQ(vendor_of_host("api.openai.com.evil.example"), "");
}

}  // namespace
}  // namespace millwright::finops
