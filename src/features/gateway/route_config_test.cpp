#include "features/gateway/route_config.hpp"

#include <gtest/gtest.h>

#include "features/gateway/config.hpp"

namespace millwright::gateway {
namespace {

constexpr std::string_view models = R"(
models:
  - {name: small, provider: builtin, price: {input: 1 USD/Mtok, output: 2 USD/Mtok}}
  - {name: large, provider: builtin, price: {input: 5 USD/Mtok, output: 9 USD/Mtok}, capabilities: [tools, vision]}
)";

std::expected<GatewayConfig, config::Faults> read(const std::string& routes) {
  auto tree = config::parse_yaml(std::string(models) + routes, "test.yaml");
  if (!tree) return std::unexpected(tree.error());
  const auto gates = config::object("Gates.", {});
  auto valid = config::validate(std::move(*tree), gateway_sections(gates));
  if (!valid) return std::unexpected(valid.error());
  return parse_gateway(*valid, {});
}

GatewayConfig must_read(const std::string& routes) {
  auto config = read(routes);
  EXPECT_TRUE(config) << (config ? "" : describe(config.error().front()));
  return config ? std::move(*config) : GatewayConfig{};
}

TEST(RouteConfig, WhatWasEnoughBeforeIsEnough) {
  const auto config = must_read(
      "routes: [{name: r, targets: [{model: small, weight: 3}, {model: large}], fallback: [{model: extractive}], "
      "retries: 0}]\n");
  ASSERT_EQ(config.routes.size(), 1u);
  const auto& route = config.routes[0];
  EXPECT_EQ(route.targets[0].weight, 3);
  EXPECT_EQ(route.fallback, std::vector<std::string>{"extractive"});
  EXPECT_EQ(route.retries, 0);
  EXPECT_EQ(route.strategy, Strategy::Weighted);
  EXPECT_EQ(route.timeout, Duration(60'000));
  EXPECT_FALSE(route.affinity || route.overflow || route.hedge || route.shadow);
  EXPECT_FALSE(route.fallback_on.is_stated());
  EXPECT_EQ(route.terms, "") << "the manifest of a release that was signed before is the same";
}

TEST(RouteConfig, ReadsEverything) {
  const auto config = must_read(R"(
routes:
  - name: r
    targets: [{model: small}]
    strategy: latency
    rules:
      - name: gold
        when:
          use_case: [helpdesk]
          task: [triage, summary]
          risk_tier: [T0, T1]
          user_tier: [staff, team/it]
          segment: {plan: gold*}
          header: {X-Tier: "*"}
          prompt_tokens: {min: 10, max: 2000}
          language: [DE]
          needs: [tools, json_schema]
          data_class: [public, internal]
        targets: [{model: large}]
        fallback: [{model: small}]
        strategy: priority
      - {when: {task: [other]}, route: next}
    first_token_timeout: 900ms
    retry_budget: {share: 12.5%, burst: 7}
    fallback_on: [rate_limit, content_filter]
    affinity: {by: user, ttl: 1h}
    overflow: {to: large, concurrent: 9, spend: {limit: 5 USD, per: day}}
    hedge: {after: 800ms, max_cost: 0.01 USD, max_share: 3%}
    shadow: {model: large, share: 100%, spend: {limit: 2 USD}}
  - {name: next, targets: [{model: small}], hedge: {after: p95}}
)");
  ASSERT_EQ(config.routes.size(), 2u);
  const auto& route = config.routes[0];
  EXPECT_EQ(route.strategy, Strategy::Latency);
  ASSERT_EQ(route.rules.size(), 2u);
  const auto& when = route.rules[0].when;
  EXPECT_EQ(route.rules[0].name, "gold");
  EXPECT_EQ(route.rules[0].strategy, Strategy::Priority);
  EXPECT_EQ(when.tasks, (std::vector<std::string>{"triage", "summary"}));
  EXPECT_EQ(when.languages, std::vector<std::string>{"de"});
  EXPECT_EQ(when.headers[0].name, "x-tier");
  EXPECT_EQ(when.segments[0].pattern, "gold*");
  EXPECT_EQ(when.prompt_tokens_min, 10);
  EXPECT_EQ(when.prompt_tokens_max, 2000);
  EXPECT_EQ(when.needs.text(), "tools, json_schema");
  EXPECT_EQ(route.rules[1].name, "2");
  EXPECT_EQ(route.rules[1].route, "next");
  EXPECT_EQ(route.first_token_timeout, Duration(900));
  EXPECT_EQ(route.retry_budget.basis_points, 1'250);
  EXPECT_EQ(route.retry_budget.burst, 7);
  EXPECT_TRUE(route.fallback_on.is_stated());
  EXPECT_EQ(route.affinity->by, AffinityBy::User);
  EXPECT_EQ(route.overflow->spend->nano(), 5'000'000'000);
  EXPECT_EQ(route.overflow->window, Duration(86'400'000));
  EXPECT_EQ(route.hedge->after, Duration(800));
  EXPECT_EQ(route.hedge->cost_max->nano(), 10'000'000);
  EXPECT_EQ(route.hedge->basis_points, 300);
  EXPECT_EQ(route.shadow->basis_points, 10'000);
  EXPECT_EQ(route.shadow->spend->nano(), 2'000'000'000);
  EXPECT_EQ(route.shadow->window, Duration(86'400'000));
  EXPECT_NE(route.terms.find("strategy: latency"), std::string::npos) << route.terms;
  EXPECT_EQ(config.routes[1].hedge->after, Duration(0));
  EXPECT_TRUE(config.routes_need.language);
  EXPECT_EQ(config.routes_need.headers, std::vector<std::string>{"x-tier"});
  EXPECT_FALSE(config.models[0].capabilities);
  EXPECT_EQ(config.models[1].capabilities->text(), "tools, vision");
}

struct Fault {
  const char* name;
  const char* route;  // members of one route besides its name and targets
  const char* field;
  const char* must_contain;
};
class RouteFaults : public testing::TestWithParam<Fault> {};

TEST_P(RouteFaults, AreNamedAtTheirPlace) {
  const auto& fault = GetParam();
  const auto config = read(fmt::format("routes: [{{name: r, targets: [{{model: small}}], {}}}]\n", fault.route));
  ASSERT_FALSE(config);
  EXPECT_EQ(config.error().front().where.field, fault.field);
  const auto text = describe(config.error().front());
  EXPECT_NE(text.find(fault.must_contain), std::string::npos) << text;
}

INSTANTIATE_TEST_SUITE_P(
    Rows, RouteFaults,
    testing::Values(
        Fault{"strategy", "strategy: fastest", "routes[0].strategy", "fastest"},
        Fault{"rule_without_goal", "rules: [{when: {task: [a]}}]", "routes[0].rules[0]", "needs a route or targets"},
        Fault{"rule_with_two_goals", "rules: [{when: {task: [a]}, route: r, targets: [{model: small}]}]",
              "routes[0].rules[0]", "not both"},
        Fault{"rule_unknown_model", "rules: [{when: {}, targets: [{model: smal}]}]",
              "routes[0].rules[0].targets[0].model", "Did you mean \"small\"?"},
        Fault{"rule_unknown_route", "rules: [{when: {}, route: rr}]", "routes[0].rules[0].route",
              "no route named \"rr\""},
        Fault{"rule_circle", "rules: [{when: {}, route: r}]", "routes[0].rules[0].route", "round for ever"},
        Fault{"secret_header", "rules: [{when: {header: {Authorization: x}}, targets: [{model: small}]}]",
              "routes[0].rules[0].when.header.Authorization", "secret"},
        Fault{"empty_span", "rules: [{when: {prompt_tokens: {min: 5, max: 4}}, targets: [{model: small}]}]",
              "routes[0].rules[0].when.prompt_tokens", "min is larger"},
        Fault{"unknown_selector", "rules: [{when: {tasks: [a]}, targets: [{model: small}]}]",
              "routes[0].rules[0].when.tasks", "task"},
        Fault{"unknown_need", "rules: [{when: {needs: [sight]}, targets: [{model: small}]}]",
              "routes[0].rules[0].when.needs[0]", "sight"},
        Fault{"share", "retry_budget: {share: 0.2}", "routes[0].retry_budget.share", "5%"},
        Fault{"share_too_large", "hedge: {after: 1s, max_share: 101%}", "routes[0].hedge.max_share", "0% to 100%"},
        Fault{"delay", "hedge: {after: soon}", "routes[0].hedge.after", "800ms"},
        Fault{"delay_zero", "hedge: {after: 0ms}", "routes[0].hedge.after", "800ms"},
        Fault{"overflow_never", "overflow: {to: large}", "routes[0].overflow", "never begins"},
        Fault{"overflow_unknown", "overflow: {to: lage, concurrent: 1}", "routes[0].overflow.to", "large"},
        Fault{"fallback_class", "fallback_on: [cancelled]", "routes[0].fallback_on[0]", "cancelled"},
        Fault{"affinity", "affinity: {ttl: 1h}", "routes[0].affinity", "by"},
        Fault{"shadow_unknown", "shadow: {model: none}", "routes[0].shadow.model", "none"}),
    [](const auto& row) { return std::string(row.param.name); });

TEST(RouteConfig, LongCirclesAreFound) {
  const auto config = read(R"(
routes:
  - {name: a, targets: [{model: small}], rules: [{when: {}, route: b}]}
  - {name: b, targets: [{model: small}], rules: [{when: {}, route: c}]}
  - {name: c, targets: [{model: small}], rules: [{when: {}, route: b}]}
)");
  ASSERT_FALSE(config);
  ASSERT_EQ(config.error().size(), 2u) << "b and c go round, a only leads there";
  EXPECT_EQ(config.error()[0].where.field, "routes[1].rules[0].route");
}

}  // namespace
}  // namespace millwright::gateway
