#include <gtest/gtest.h>

#include "features/gateway/config.hpp"

namespace millwright::gateway {
namespace {

/// These lines beside a provider and a use case, through the whole validation.
std::expected<GatewayConfig, config::Faults> parse(std::string_view lines, std::string_view provider = "",
                                                   std::string_view use_case = "") {
  const auto yaml = fmt::format(R"(
providers: [{{name: acme, kind: openai, base_url: "http://127.0.0.1:1/v1"{}}}]
models: [{{name: small, provider: acme}}]
routes: [{{name: default, targets: [{{model: small}}]}}]
use_cases: [{{name: desk, owner: it, risk_tier: T1, data_class: internal, route: default{}}}]
{})",
                                provider, use_case, lines);
  auto tree = config::parse_yaml(yaml, "test.yaml");
  if (!tree) return std::unexpected(tree.error());
  auto valid = config::validate(std::move(*tree), gateway_sections(config::object("Gates.", {})));
  if (!valid) return std::unexpected(valid.error());
  return parse_gateway(*valid, {{"openai", ProviderKindFacts{.passthrough = {"POST /chat/completions"}}}});
}

std::string fault(const std::expected<GatewayConfig, config::Faults>& parsed) {
  return parsed ? "none" : describe(parsed.error().front());
}

TEST(RawSections, AreClosedUnlessOpened) {
  const auto parsed = parse("");
  ASSERT_TRUE(parsed) << fault(parsed);
  EXPECT_TRUE(parsed->use_cases[0].passthrough.empty());
  EXPECT_EQ(parsed->providers[0].passthrough_allow, std::vector<std::string>{"POST /chat/completions"});
  EXPECT_EQ(render_decimal(parsed->passthrough.ceiling), "0.1");
  EXPECT_FALSE(parsed->passthrough.takes_unreadable);
  EXPECT_TRUE(parsed->mcp_servers.empty());
}

TEST(RawSections, AreReadAsWritten) {
  const auto parsed = parse(R"(
passthrough: {ceiling: 2 USD, unreadable: pass}
mcp_servers:
  - {name: tools, url: "https://tools.example:8443/mcp", headers: {x-team: it}, allow_tools: ["read_*"], use_cases: [desk],
     price_per_call: 0.5 USD, location: on_prem, commitments: {training_use: never, retention_days: 0}}
)",
                            ", passthrough: {allow: [/x], deny: [/x/y]}", ", passthrough: [acme]");
  ASSERT_TRUE(parsed) << fault(parsed);
  EXPECT_EQ(parsed->use_cases[0].passthrough, std::vector<std::string>{"acme"});
  EXPECT_EQ(parsed->providers[0].passthrough_allow, std::vector<std::string>{"/x"});
  EXPECT_EQ(parsed->providers[0].passthrough_deny, std::vector<std::string>{"/x/y"});
  EXPECT_EQ(render_decimal(parsed->passthrough.ceiling), "2");
  EXPECT_TRUE(parsed->passthrough.takes_unreadable);
  const auto& server = parsed->mcp_servers.at(0);
  EXPECT_EQ(server.origin.host, "tools.example");
  EXPECT_EQ(server.origin.base_path, "/mcp");
  EXPECT_EQ(server.facts.location, "on_prem");
  EXPECT_EQ(server.facts.commitments.retention_days, 0);
  EXPECT_EQ(render_decimal(server.price_per_call), "0.5");
}

TEST(RawSections, WhatIsWrongIsAFaultAtItsPlace) {
  const auto names = [](const std::expected<GatewayConfig, config::Faults>& parsed, std::string_view text) {
    return !parsed && fault(parsed).find(text) != std::string::npos;
  };
  EXPECT_TRUE(names(parse("", "", ", passthrough: [nobody]"), "nobody"));
  EXPECT_TRUE(names(parse("", ", passthrough: {allow: [\"POST chat\"]}"), "POST chat"));
  EXPECT_TRUE(names(parse("mcp_servers: [{name: t, url: \"ftp://x\"}]"), "neither http nor https"));
  EXPECT_TRUE(names(parse("mcp_servers: [{name: t, url: \"http://x\", use_cases: [nobody]}]"), "nobody"));
  EXPECT_FALSE(parse("mcp_servers: [{name: t, url: \"http://x\"}, {name: t, url: \"http://y\"}]"));
  EXPECT_FALSE(parse("passthrough: {limit: 1 USD}"));
}

}  // namespace
}  // namespace millwright::gateway
