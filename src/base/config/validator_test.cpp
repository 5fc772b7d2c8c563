#include <gtest/gtest.h>

#include "base/config/node.hpp"
#include "base/config/sample_sections.hpp"

namespace millwright::config {
namespace {

std::expected<Node, Faults> check(std::string_view text) {
  auto tree = parse_yaml(text, "f.yaml");
  if (!tree) return std::unexpected(tree.error());
  return validate(std::move(*tree), sample_sections());
}

TEST(Validate, FillsDefaults) {
  const auto tree = check("");
  ASSERT_TRUE(tree.has_value());
  const auto& server = (*tree)["server"];
  EXPECT_EQ(server["listen"].text(), "127.0.0.1:8080");
  EXPECT_TRUE(server["listen"].is_default());
  EXPECT_EQ(server["grace"].duration(), 30s);
  EXPECT_EQ(server["body"].size(), 8u << 20);
  EXPECT_FALSE(server["debug"].boolean());
  EXPECT_DOUBLE_EQ(server["ratio"].real(), 0.5);
  EXPECT_FALSE(server["tls"].is_set()) << "an object with required members has no default";
  EXPECT_FALSE((*tree)["providers"].is_set());
}

TEST(Validate, GivesTypedValues) {
  const auto tree = check(
      "server: {threads: 4, debug: true, grace: 90s}\n"
      "providers:\n"
      "  - {name: acme, api_key: {env: ACME_KEY}, price: 0.150 USD/Mtok, expires: 2027-09-01,\n"
      "     budget: {limit: 12.50 USD}, headers: {b: x, a: 1.10}, region: null}\n");
  ASSERT_TRUE(tree.has_value());
  EXPECT_EQ((*tree)["server"]["threads"].integer(), 4);
  EXPECT_FALSE((*tree)["server"]["threads"].is_default());
  const auto& provider = (*tree)["providers"].items()[0];
  EXPECT_EQ(provider["api_key"].secret().environment, "ACME_KEY");
  EXPECT_EQ(provider["price"].unit_price().nano_per_million, 150'000'000);
  EXPECT_EQ(provider["budget"]["limit"].money(), Money::from_nano(12'500'000'000));
  ASSERT_EQ(provider["budget"]["alerts"].items().size(), 3u);
  EXPECT_EQ(provider["budget"]["alerts"].items()[1].integer(), 75);
  EXPECT_EQ(provider["headers"]["a"].text(), "1.10");
  EXPECT_FALSE(provider["region"].is_set());
  EXPECT_EQ((*tree)["server"]["grace"].where().field, "server.grace");
}

TEST(Validate, NamesPlaceAndCure) {
  struct Case {
    std::string_view text, message, fix;
    std::uint32_t line, column;
  };
  for (const auto& [text, message, fix, line, column] : {
           Case{"server:\n  lisen: x\n", "unknown key \"lisen\"", "Did you mean \"listen\"?", 2, 3},
           Case{"sever: {}\n", "unknown key \"sever\"", "Did you mean \"server\"?", 1, 1},
           Case{"server: {qqq: 1}\n", "unknown key \"qqq\"", "Known here: listen", 1, 10},
           Case{"server: {threads: many}\n", "\"many\" is not a whole number", "", 1, 19},
           Case{"server: {threads: 257}\n", "257 is above the maximum of 256", "", 1, 19},
           Case{"server: {grace: 11m}\n", "11m is above the maximum of 10m", "", 1, 17},
           Case{"server: {body: 100}\n", "100 is below the minimum of 1KiB", "", 1, 16},
           Case{"server: {debug: yes}\n", "neither true nor false", "", 1, 17},
           Case{"server: {durability: powr}\n", "not one of process, power", "Did you mean \"power\"?", 1, 22},
           Case{"server: [1]\n", "a map of options is needed", "", 1, 9},
           Case{"server: {threads: [1]}\n", "a whole number is needed, not a list", "", 1, 19},
           Case{"server: {threads: }\n", "a value is missing", "", 1, 19},
           Case{"server: {ratio: nan}\n", "not a number", "", 1, 17},
           Case{"server: {tls: {key: x}}\n", "\"certificate\" is missing", "PEM", 1, 15},
           Case{"providers: {a: 1}\n", "a list is needed", "", 1, 12},
           Case{"providers:\n  - api_key: {env: X}\n", "\"name\" is missing", "", 2, 5},
           Case{"providers:\n  - name: Acme\n", "\"Acme\" is not a name", "", 2, 11},
           Case{"providers:\n  - {name: a, expires: 2027-02-30}\n", "not a date", "", 2, 24},
           Case{"providers:\n  - {name: a, budget: {limit: 5}}\n", "not an amount of money", "12.50 USD", 2, 31},
           Case{"providers:\n  - {name: a, budget: {limit: 5 USD, alerts: [0]}}\n", "below the minimum of 1", "", 2, 47},
           Case{"providers:\n  - name: a\n  - name: b\n  - name: a\n", "already used at f.yaml:2", "", 4, 11},
           Case{"labels: {x: {}}\n", "a name is needed, not a map", "", 1, 13},
       }) {
    const auto tree = check(text);
    ASSERT_FALSE(tree.has_value()) << text;
    const auto& fault = tree.error().front();
    EXPECT_NE(fault.message.find(message), std::string::npos) << text << fault.message;
    EXPECT_NE(fault.fix.find(fix), std::string::npos) << text << fault.fix;
    EXPECT_EQ(fault.where.line, line) << text;
    EXPECT_EQ(fault.where.column, column) << text;
  }
}

TEST(Validate, CollectsAllFaultsInOrderOfPosition) {
  const auto tree = check("providers:\n  - name: A B\n    prise: 1\nserver:\n  threads: x\n  grace: y\n");
  ASSERT_FALSE(tree.has_value());
  std::vector<std::uint32_t> lines;
  for (const auto& fault : tree.error()) lines.push_back(fault.where.line);
  EXPECT_EQ(lines, (std::vector<std::uint32_t>{2, 3, 5, 6}));
}

TEST(Validate, NeverRepeatsASecret) {
  for (const std::string_view text :
       {"providers: [{name: a, api_key: sk-topsecret}]\n", "providers: [{name: a, api_key: [sk-topsecret]}]\n",
        "providers: [{name: a, api_key: {sk-topsecret: x}}]\n", "providers: [{name: a, api_key: {value: sk-topsecret}}]\n",
        "providers: [{name: a, api_key: {env: sk-topsecret}}]\n", "providers: [{name: a, api_key: {env: A, file: sk-topsecret}}]\n",
        "providers: [{name: a, api_key: {cred: /sk-topsecret}}]\n"}) {
    const auto tree = check(text);
    ASSERT_FALSE(tree.has_value()) << text;
    for (const auto& fault : tree.error()) {
      EXPECT_EQ(describe(fault).find("topsecret"), std::string::npos) << describe(fault);
      EXPECT_NE(fault.fix.find("{env: NAME}"), std::string::npos);
    }
  }
}

}  // namespace
}  // namespace millwright::config
