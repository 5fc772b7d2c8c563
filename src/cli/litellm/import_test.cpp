#include "cli/litellm/import.hpp"

#include <gtest/gtest.h>

#include "base/config/foreign_yaml.hpp"
#include "cli/litellm/amounts.hpp"
#include "cli/litellm/report.hpp"
#include "cli/litellm/samples.hpp"
#include "features/finops/config.hpp"
#include "features/identity/config.hpp"

namespace millwright::cli::litellm {
namespace {

using config::Node;

Vocabulary vocabulary() {
  Vocabulary known;
  known.sections = gateway::gateway_sections(config::Spec());
  known.sections.push_back(identity::teams_section(finops::budget_spec()));
  known.sections.push_back(
      {"server",
       config::object("The server.",
                      {{"limits", config::object("Limits.", {{"requests", config::option(config::Kind::Integer,
                                                                                         "Requests.")}})}})});
  known.kinds = {{"openai", {}},
                 {"anthropic", {"https://api.anthropic.com/v1", {"version", "beta"}, {}}},
                 {"gemini", {"https://generativelanguage.googleapis.com/v1beta", {}, {}}},
                 {"azure", {"", {"api_version"}, {}}},
                 {"ollama", {"http://localhost:11434", {}, {}}}};
  return known;
}

Node parse(std::string_view text) {
  auto tree = config::parse_foreign_yaml(text, "config.yaml");
  EXPECT_TRUE(tree) << (tree ? "" : describe(tree.error().front()));
  return tree ? std::move(*tree) : Node();
}

struct Result {
  Imported imported;
  Node tree;  // of the configuration that was made

  [[nodiscard]] const Entry& entry(std::string_view path) const {
    for (const auto& each : imported.entries) {
      if (each.where.field == path) return each;
    }
    ADD_FAILURE() << "nothing is said of " << path;
    return imported.entries.front();
  }
  [[nodiscard]] const Node& object(std::string_view section, std::string_view name) const {
    for (const auto& item : tree[section].items()) {
      if (item["name"].text() == name) return item;
    }
    ADD_FAILURE() << "there is no " << section << "/" << name << " in\n" << imported.configuration;
    return tree;
  }
};

Result import(std::string_view text, std::vector<std::string_view> exports = {}, ImportOptions options = {},
              const Vocabulary& known = vocabulary()) {
  const auto source = parse(text);
  std::vector<Node> trees;
  for (const auto each : exports) trees.push_back(parse(each));
  auto imported = import_litellm(source, trees, known, options);
  if (!imported) {
    for (const auto& fault : imported.error()) ADD_FAILURE() << describe(fault);
    return {};
  }
  auto tree = config::parse_yaml(imported->configuration, "millwright.yaml");
  EXPECT_TRUE(tree) << imported->configuration;
  return {std::move(*imported), tree ? std::move(*tree) : Node()};
}

std::size_t leaves(const Node& node) {
  if (node.items().empty() && node.members().empty()) return 1;
  std::size_t number = 0;
  for (const auto& item : node.items()) number += leaves(item);
  for (const auto& member : node.members()) number += leaves(member.node);
  return number;
}

std::string everything(const Imported& imported) {
  return imported.configuration + json::serialize(to_json(imported)) + render_report(imported) +
         render_key_script(imported);
}

TEST(LitellmImport, EveryValueOfTheSourceIsAccountedForOnce) {
  for (const auto& [text, exports] :
       {std::pair(company_sample, std::vector{keys_sample}), std::pair(company_sample, std::vector<std::string_view>()),
        std::pair(std::string_view("model_list: []\n"),
                  std::vector{std::string_view(R"(["digest", {"x": {"y": [1, {}]}}])")}),
        std::pair(
            std::string_view("a: {b: [1, 2, {c: null}]}\nmodel_list:\n  - {}\n  - {litellm_params: 5}\n  - text\n"),
            std::vector<std::string_view>())}) {
    std::size_t number = leaves(parse(text));
    for (const auto each : exports) number += leaves(parse(each));
    const auto result = import(text, exports);
    EXPECT_EQ(result.imported.entries.size(), number);
    for (const auto& entry : result.imported.entries) {
      EXPECT_GT(entry.where.line, 0u) << entry.where.field;
      EXPECT_TRUE(entry.verdict == Verdict::TakenOver ? !entry.target.empty() : !entry.note.empty())
          << entry.where.field;
    }
  }
}

TEST(LitellmImport, SecretsAreNeverWrittenDown) {
  const auto result = import(company_sample, {keys_sample});
  const auto text = everything(result.imported);
  for (const auto* secret :
       {"sk-literal-and-very-secret", "sk-1234-master", "dbsecret", "hunter2-redis", "cache-secret", "lf-very-secret",
        "abcdef", "user:password", "88dc28d0f030c55ed4ab77ed8faf098196cb1c05df778539800c9f1243fe6b4b"}) {
    EXPECT_EQ(text.find(secret), std::string::npos) << secret;
  }
  EXPECT_EQ(result.object("providers", "openai")["api_key"]["env"].text(), "OPENAI_API_KEY");
  EXPECT_EQ(result.entry("model_list[1].litellm_params.api_key").verdict, Verdict::Changed);
}

TEST(LitellmImport, GroupsBecomeUseCasesOfTheSameNameWithARoute) {
  const auto result = import(company_sample);
  EXPECT_EQ(result.object("use_cases", "gpt-4o")["route"].text(), "gpt-4o");
  const auto& route = result.object("routes", "gpt-4o");
  ASSERT_EQ(route["targets"].items().size(), 1u) << "the deployment of order 2 waits";
  EXPECT_EQ(route["targets"].items()[0]["model"].text(), "azure-eu-1");
  std::vector<std::string> fallback;
  for (const auto& item : route["fallback"].items()) fallback.push_back(item["model"].text());
  EXPECT_EQ(fallback,
            (std::vector<std::string>{"gpt-4o-openai", "claude-sonnet-eu", "fast", "fast-hosted_vllm", "local"}));
  EXPECT_EQ(route["timeout"].text(), "5m");
  EXPECT_EQ(route["retries"].text(), "4");
  EXPECT_EQ(result.object("routes", "fast")["retries"].text(), "3");
  EXPECT_EQ(result.object("routes", "fast")["first_token_timeout"].text(), "20s");
  EXPECT_EQ(result.object("routes", "fast")["strategy"].text(), "least_busy");
  const auto& fast = result.object("routes", "fast")["targets"].items();
  ASSERT_EQ(fast.size(), 2u);
  EXPECT_EQ(fast[0]["weight"].text(), "3");
}

TEST(LitellmImport, PricesAreExactAndInTheUnitOfTheConfiguration) {
  const auto result = import(company_sample);
  const auto& price = result.object("models", "azure-eu-1")["price"];
  EXPECT_EQ(price["input"].text(), "2.75 USD/Mtok");
  EXPECT_EQ(price["cached_input"].text(), "1.375 USD/Mtok");
  EXPECT_EQ(price["output"].text(), "11 USD/Mtok");
  EXPECT_EQ(result.object("models", "fast")["price"]["above"].items()[0]["output"].text(), "1 USD/Mtok");
}

TEST(LitellmImport, ProvidersAreAccountsAndAreSharedByTheirModels) {
  const auto result = import(company_sample, {}, {.models = {"openai/gpt-4.1"}});
  const auto& azure = result.object("providers", "azure");
  EXPECT_EQ(azure["base_url"].text(), "https://my-endpoint-europe.openai.azure.com");
  EXPECT_EQ(azure["options"]["api_version"].text(), "2024-10-21");
  EXPECT_EQ(azure["breaker"]["pause"].text(), "30s");
  EXPECT_EQ(result.object("providers", "hosted_vllm")["base_url"].text(), "http://vllm.internal:8000/v1");
  EXPECT_EQ(result.object("providers", "ollama_chat")["base_url"].text(), "http://10.0.0.7:11434");
  EXPECT_EQ(result.object("providers", "groq")["base_url"].text(), "https://api.groq.com/openai/v1");
  EXPECT_EQ(result.object("models", "openai-gpt-4.1")["id"].text(), "gpt-4.1")
      << "the wildcard serves the name that was given";
  EXPECT_EQ(result.entry("model_list[7].litellm_params.model").verdict, Verdict::NoCounterpart);
}

TEST(LitellmImport, KeysAreAPlanAndTeamsAreWritten) {
  const auto result = import(company_sample, {keys_sample});
  const auto& keys = result.imported.keys;
  ASSERT_EQ(keys.size(), 4u);
  EXPECT_EQ(keys[0].name, "help-desk");
  EXPECT_EQ(keys[0].use_case, "gpt-4o");
  EXPECT_EQ(keys[0].team, "service-desk");
  EXPECT_EQ(keys[0].budget, "100 USD");
  EXPECT_EQ(keys[1].budget, "300 USD") << "ten a day";
  EXPECT_EQ(keys[2].use_case, "fast");
  EXPECT_EQ(keys[3].name, "everything");
  EXPECT_EQ(keys[3].rpm, "5") << "of the budget that the key names";
  const auto& team = result.object("teams", "service-desk");
  EXPECT_EQ(team["budget"]["per"].text(), "week");
  EXPECT_EQ(team["members"].items().size(), 2u);
  EXPECT_EQ(result.object("teams", "it")["budget"]["limit"].text(), "500 USD");
  const auto script = render_key_script(result.imported);
  EXPECT_NE(script.find("--name 'help-desk' --use-case 'gpt-4o' --team 'service-desk' --user 'ana' --budget '100 USD' "
                        "--rpm '60' --expires '2037-01-01T00:00:00Z'"),
            std::string::npos)
      << script;
}

TEST(LitellmImport, WhatTheProgramDoesNotTakeIsNotWritten) {
  auto known = vocabulary();
  known.kinds.erase("azure");
  known.kinds.erase("ollama");
  const auto poor = import(company_sample, {}, {}, known);
  EXPECT_EQ(poor.entry("model_list[0].litellm_params.model").verdict, Verdict::NoCounterpart);
  EXPECT_EQ(poor.entry("model_list[5].litellm_params.model").verdict, Verdict::NoCounterpart);
  EXPECT_EQ(poor.imported.configuration.find("azure"), std::string::npos) << poor.imported.configuration;
}

TEST(LitellmImport, AForeignFileMayRepeatItselfButNotGrowWithoutEnd) {
  const auto tree = parse("a: &x {b: 1, c: 2}\nd: {<<: *x, c: 3}\ne: [*x, *x]\n");
  EXPECT_EQ(tree["d"]["b"].text(), "1");
  EXPECT_EQ(tree["d"]["c"].text(), "3");
  EXPECT_EQ(tree["e"].items()[1]["c"].text(), "2");
  std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 9; ++i) {
    bomb += fmt::format("a{}: &a{} [", i, i);
    for (int j = 0; j < 10; ++j) bomb += fmt::format("{}*a{}", j > 0 ? ", " : "", i - 1);
    bomb += "]\n";
  }
  EXPECT_FALSE(config::parse_foreign_yaml(bomb, "bomb"));
  EXPECT_FALSE(config::parse_foreign_yaml("a: &a [*a]\n", "loop"));
  EXPECT_FALSE(config::parse_yaml("a: &x 1\nb: *x\n", "own"));
}

TEST(LitellmAmounts, AreExact) {
  EXPECT_EQ(price_per_million("1.5e-07"), "0.15 USD/Mtok");
  EXPECT_EQ(price_per_million("0.000000015"), "0.015 USD/Mtok");
  EXPECT_EQ(price_per_million("0"), "0 USD/Mtok");
  EXPECT_EQ(price_per_million("3e-06"), "3 USD/Mtok");
  EXPECT_EQ(price_per_million("1.23456789012345e-06"), "1.23456789 USD/Mtok");
  EXPECT_EQ(price_per_million("9.9999999999e-07"), "1 USD/Mtok");
  EXPECT_FALSE(price_per_million("-1"));
  EXPECT_FALSE(price_per_million("free"));
  EXPECT_EQ(money("100.0"), "100 USD");
  EXPECT_EQ(money("0.0000000001"), "0.000000001 USD");
  EXPECT_EQ(seconds("1mo"), 2'592'000);
  EXPECT_FALSE(seconds("soon"));
  EXPECT_EQ(object_name("Azure/GPT 4.1"), "azure-gpt-4.1");
  EXPECT_EQ(object_name("///"), "x");
  EXPECT_EQ(object_name(std::string(100, 'a')).size(), 63u);
}

}  // namespace
}  // namespace millwright::cli::litellm
