#include <gtest/gtest.h>

#include "features/audit/audit.hpp"
#include "features/finops/finops.hpp"
#include "features/finops/finops_sql.hpp"
#include "store/vault/vault.hpp"
#include "tests/support/database.hpp"

namespace millwright::finops {
namespace {

class PriceListTest : public testing::TestWithParam<store::Engine> {
 protected:
  PriceListTest() : database_(GetParam(), audit::migrations()) {
    database_.migrate(sql::migrations);
    vault_ = std::move(*store::Vault::open_or_create(database_.directory().string(), SecretSource{}));
    audit_ = std::move(*audit::Audit::open(database_.database(), database_.writer(), *vault_, system_clock(),
                                           {.data_directory = database_.directory()}));
    reopen();
  }
  void reopen() {
    auto opened = PriceList::open(database_.database(), database_.writer(), *audit_, system_clock());
    ASSERT_TRUE(opened) << describe(opened.error());
    list_ = std::move(*opened);
  }
  static std::string file(std::string_view input, std::string_view output = "8") {
    return fmt::format(R"({{"acme": {{"models": {{"m": {{"cost": {{"input": {}, "output": {}}}}}}}}}}})", input,
                       output);
  }
  ImportReport import(std::string_view text, ImportOptions options = {}) {
    options.actor = "test";
    auto report = list_->import(text, options);
    EXPECT_TRUE(report) << describe(report.error());
    return report.value_or(ImportReport{});
  }
  std::string input_at(Timestamp time, std::vector<PriceVersion> configured = {}) {
    const PriceBook book(list_->versions_for({{"mine", "acme", "m", "", std::move(configured)}}), ModelPrice());
    const auto* version = book.find_version("mine", time);
    return version == nullptr ? "none" : render_unit_price(version->price.input);
  }

  test::TestDatabase database_;
  std::unique_ptr<store::Vault> vault_;
  std::unique_ptr<audit::Audit> audit_;
  std::unique_ptr<PriceList> list_;
};

TEST_P(PriceListTest, AnImportHoldsFromItsMomentAndOutlivesARestart) {
  const auto before = system_clock().now();
  EXPECT_EQ(import(file("2")).taken, 1u);
  const auto between = system_clock().now();
  EXPECT_EQ(import(file("3")).changed, 1u);
  reopen();
  const auto after = system_clock().now();
  EXPECT_EQ(input_at(before), "none");
  EXPECT_EQ(input_at(between), "2 USD/Mtok");
  EXPECT_EQ(input_at(after), "3 USD/Mtok");
  EXPECT_EQ(import(file("3")).unchanged, 1u);
  EXPECT_EQ(audit_->list({.actor = {}, .action = "price.import", .object = {}, .since = {}, .until = {}}, "", 10)
                ->records.size(),
            2u);
}

TEST_P(PriceListTest, ModelsOfCloudsAreFoundByTheNamesOfLiteLlmsFile) {
  import(R"({"us.anthropic.claude-x-v1:0": {"litellm_provider": "bedrock_converse", "mode": "chat",
                 "input_cost_per_token": 1.1e-6, "output_cost_per_token": 5e-6},
             "anthropic.claude-x-v1:0": {"litellm_provider": "bedrock_converse", "mode": "chat",
                 "input_cost_per_token": 1e-6, "output_cost_per_token": 5e-6},
             "bedrock/eu-central-1/anthropic.claude-x-v1:0": {"litellm_provider": "bedrock", "mode": "chat",
                 "input_cost_per_token": 2e-6, "output_cost_per_token": 5e-6},
             "azure/gpt-x-2025-01-01": {"litellm_provider": "azure", "mode": "chat",
                 "input_cost_per_token": 3e-6, "output_cost_per_token": 5e-6},
             "azure/eu/gpt-x-2025-01-01": {"litellm_provider": "azure", "mode": "chat",
                 "input_cost_per_token": 3.3e-6, "output_cost_per_token": 5e-6}})");
  const auto price = [this](std::string vendor, std::string id, std::string region = {}) {
    const PriceBook book(list_->versions_for({{"mine", std::move(vendor), std::move(id), std::move(region), {}}}),
                         ModelPrice());
    const auto* version = book.find_version("mine", system_clock().now());
    return version == nullptr ? "none" : render_unit_price(version->price.input);
  };
  EXPECT_EQ(price("bedrock", "us.anthropic.claude-x-v1:0"), "1.1 USD/Mtok");
  EXPECT_EQ(price("bedrock", "jp.anthropic.claude-x-v1:0"), "1 USD/Mtok");
  EXPECT_EQ(price("bedrock", "arn:aws:bedrock:us-east-1:1:inference-profile/us.anthropic.claude-x-v1:0"), "1.1 USD/Mtok");
  EXPECT_EQ(price("bedrock", "anthropic.claude-x-v1:0", "eu-central-1"), "2 USD/Mtok");
  EXPECT_EQ(price("azure", "gpt-x-2025-01-01"), "3 USD/Mtok");
  EXPECT_EQ(price("azure", "gpt-x-2025-01-01", "eu"), "3.3 USD/Mtok");
  EXPECT_EQ(price("azure", "my-deployment"), "none");
}

TEST_P(PriceListTest, ADryRunSaysAllAndChangesNothing) {
  const auto report =
      import(file("2"), {.source = "f", .from = {}, .is_dry_run = true, .accept_large_changes = false, .actor = {}});
  EXPECT_EQ(report.taken, 1u);
  ASSERT_EQ(report.lines.size(), 1u);
  EXPECT_EQ(report.lines[0].verdict, "new");
  EXPECT_EQ(input_at(system_clock().now()), "none");
}

TEST_P(PriceListTest, AMistypedPriceIsHeldBackUntilSomebodyAcceptsIt) {
  import(file("2"));
  const auto report = import(file("0.002"));
  EXPECT_EQ(report.held, 1u);
  EXPECT_EQ(report.lines.at(0).verdict, "held");
  EXPECT_EQ(input_at(system_clock().now()), "2 USD/Mtok");
  EXPECT_EQ(import(file("0", "0")).held, 1u) << "free all of a sudden";
  EXPECT_EQ(import(file("2000000")).skipped, 1u) << "beyond all bounds";
  EXPECT_EQ(
      import(file("0.002"), {.source = {}, .from = {}, .is_dry_run = false, .accept_large_changes = true, .actor = {}})
          .changed,
      1u);
  EXPECT_EQ(input_at(system_clock().now()), "0.002 USD/Mtok");
}

TEST_P(PriceListTest, ConfigurationGoesBeforeImportsAndThoseBeforeTheSeed) {
  const auto from = *parse_time("2026-01-01T00:00:00Z");
  import(file("2"), {.source = {}, .from = from, .is_dry_run = false, .accept_large_changes = false, .actor = {}});
  ModelPrice own;
  own.input = *parse_unit_price("1 USD/Mtok");
  const auto june = *parse_time("2026-06-01T00:00:00Z");
  const std::vector<PriceVersion> configured{{june, Timestamp::max(), own, "configuration", ""}};
  EXPECT_EQ(input_at(june, configured), "1 USD/Mtok");
  EXPECT_EQ(input_at(june - std::chrono::hours(1), configured), "2 USD/Mtok");
  EXPECT_EQ(input_at(from - std::chrono::hours(1), configured), "none");
  const PriceBook book(list_->versions_for({{"seeded", "anthropic", "claude-haiku-4-5-20251001", "", {}}}),
                       ModelPrice());
  ASSERT_NE(book.find_version("seeded", june), nullptr);
  EXPECT_EQ(book.find_version("seeded", june)->layer, "seed");
}

TEST_P(PriceListTest, AnEarlierStartThanThePriceInForceIsHeldBack) {
  import(file("2"));
  const auto report = import(file("3"), {.source = {},
                                         .from = *parse_time("2020-01-01T00:00:00Z"),
                                         .is_dry_run = false,
                                         .accept_large_changes = true,
                                         .actor = {}});
  EXPECT_EQ(report.held, 1u);
}

TEST_P(PriceListTest, AHistoryOfOnesOwnComesInWholeAndOnlyOnce) {
  constexpr std::string_view own = R"({"prices": [
    {"vendor": "acme", "model": "m", "from": "2026-10-07", "source": "contract 7", "rates": {"input": "2", "output": "8"}},
    {"vendor": "acme", "model": "m", "until": "2026-10-07", "source": "contract 6", "rates": {"input": "3", "output": "8"}}]})";
  EXPECT_EQ(import(own).taken, 2u);
  EXPECT_EQ(input_at(*parse_time("2026-10-06T23:59:59Z")), "3 USD/Mtok");
  EXPECT_EQ(input_at(*parse_time("2026-10-07T00:00:00Z")), "2 USD/Mtok");
  EXPECT_EQ(import(own).unchanged, 2u);
}

TEST_P(PriceListTest, EveryRowOfTheSeedIsPlausibleDatedAndSourced) {
  std::map<std::pair<std::string, std::string>, std::vector<PriceRow>> by_model;
  for (const auto& row : list_->rows()) {
    ASSERT_EQ(row.layer, "seed");
    EXPECT_FALSE(find_implausible(row.price)) << row.model << ": " << *find_implausible(row.price);
    EXPECT_TRUE(row.source.starts_with("https://")) << row.model;
    EXPECT_GT(row.checked, *parse_time("2026-06-01T00:00:00Z")) << row.model;
    EXPECT_LE(row.price.cache_read, row.price.input) << row.model;
    by_model[{row.vendor, row.model}].push_back(row);
  }
  EXPECT_GE(by_model.size(), 60u);
  for (const auto& [model, rows] : by_model) {
    for (std::size_t i = 1; i < rows.size(); ++i)
      EXPECT_LE(rows[i].until, rows[i - 1].from) << model.second << " overlaps";
  }
  EXPECT_LE(list_->seed_span().oldest, list_->seed_span().newest);
  EXPECT_LE(list_->seed_span().newest, system_clock().now());
}

TEST_P(PriceListTest, TheSeedKnowsCloudsAndMedia) {
  const auto now = *parse_time("2026-11-20T00:00:00Z");
  const auto find = [&](std::string vendor, std::string id, std::string region = {}) {
    const PriceBook book(list_->versions_for({{"mine", std::move(vendor), std::move(id), std::move(region), {}}}),
                         ModelPrice());
    const auto* version = book.find_version("mine", now);
    return version == nullptr ? ModelPrice{.is_unpriced = true} : version->price;
  };
  struct Case {
    std::string vendor, id, region, input;
  };
  for (const auto& each : std::vector<Case>{
           {"azure", "gpt-4o-2024-11-20", "", "2.5 USD/Mtok"},
           {"azure", "gpt-5-mini", "eu", "0.275 USD/Mtok"},
           {"bedrock", "global.anthropic.claude-sonnet-4-5-20250929-v1:0", "", "3 USD/Mtok"},
           {"bedrock", "eu.anthropic.claude-sonnet-4-5-20250929-v1:0", "", "3.3 USD/Mtok"},
           {"bedrock", "us-gov.anthropic.claude-sonnet-4-5-20250929-v1:0", "", "3.6 USD/Mtok"},
           {"bedrock", "arn:aws:bedrock:eu-west-1:1:inference-profile/eu.amazon.nova-pro-v1:0", "", "1.05 USD/Mtok"},
           {"bedrock", "amazon.titan-embed-text-v2:0", "", "0.02 USD/Mtok"},
           {"bedrock", "mistral.mixtral-8x7b-instruct-v0:1", "eu-west-3", "0.59 USD/Mtok"}}) {
    const auto price = find(each.vendor, each.id, each.region);
    ASSERT_FALSE(price.is_unpriced) << each.id;
    EXPECT_EQ(render_unit_price(price.input), each.input) << each.id;
  }
  EXPECT_EQ(render_unit_price(find("openai", "gpt-image-1.5").image_out), "32 USD/Mtok");
  EXPECT_EQ(render_unit_price(find("openai", "gpt-4o-mini-tts").audio_out), "12 USD/Mtok");
  EXPECT_EQ(find("openai", "whisper-1").audio_second.nano_per_million, 100'000'000'000);
  EXPECT_EQ(find("openai", "tts-1-hd").character.nano_per_million, 30'000'000'000);
  EXPECT_TRUE(find("openai", "gpt-image-1").is_unpriced) << "its maker serves it no longer";
}

INSTANTIATE_TEST_SUITE_P(Engines, PriceListTest, testing::ValuesIn(test::both_engines()),
                         test::engine_name<testing::TestParamInfo<store::Engine>>);

}  // namespace
}  // namespace millwright::finops
