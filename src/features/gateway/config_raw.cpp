// The sections `passthrough` and `mcp_servers`: what they may hold and how they are read.
#include <algorithm>

#include "base/text.hpp"
#include "features/gateway/config.hpp"

namespace millwright::gateway {
namespace {

using config::Kind;
using config::Node;
using config::option;
using config::Spec;

Spec names(std::string description) {
  return config::list_of(std::move(description), option(Kind::Text, "One entry."));
}

Spec passthrough_spec() {
  return config::object(
      "Requests in a provider's own words, at /passthrough/PROVIDER/….",
      {{"ceiling",
        option(Kind::Money, "Held for, and charged to, a request whose cost is not known.").fallback("0.10 USD")},
       {"unreadable",
        config::choice("What is done with a body that the guard cannot read.", {"refuse", "pass"}).fallback("refuse")},
       {"timeout", option(Kind::Duration, "How long a request may take until its answer begins.")
                       .fallback("10m")
                       .between(1, 3'600'000)},
       {"idle_timeout",
        option(Kind::Duration, "How long an answer may be silent.").fallback("5m").between(1, 3'600'000)}});
}

Spec mcp_server_spec() {
  return config::object(
      "One server of the Model Context Protocol, reached at /mcp/NAME.",
      {{"name", option(Kind::Name, "The server's name here.").required()},
       {"url", option(Kind::Text, "Its endpoint (Streamable HTTP), as in https://tools.example.com/mcp.").required()},
       {"headers", config::map_of("Headers sent with every request; no secrets.", option(Kind::Text, "Value."))},
       {"bearer", option(Kind::Secret, "Its bearer token, as a reference.")},
       {"secret_headers", config::map_of("Headers that hold secrets, as references.", option(Kind::Secret, "Value."))},
       {"allow_tools", names("Tools that may be listed and called, as names or with *; all when left out.")},
       {"deny_tools", names("Tools that may not, whatever else is said.")},
       {"use_cases", names("Use cases whose keys may call it.")},
       {"allow_origins", names("Origins of web pages that may call it, besides this server's own.")},
       {"price_per_call", option(Kind::Money, "What one call of a tool costs.").fallback("0 USD")},
       {"timeout", option(Kind::Duration, "How long a request may take, and how long its stream may be silent.")
                       .fallback("60s")
                       .between(1, 3'600'000)},
       {"region", option(Kind::Text, "Where it processes data.").fallback("")},
       {"location",
        config::choice("Whether it runs on your own premises.", {"outside", "on_prem"}).fallback("outside")},
       {"commitments", commitments_spec()}});
}

void check_use_cases(const Node& node, const GatewayConfig& config, config::Faults& faults) {
  for (const auto& name : node.items()) {
    const bool is_known =
        std::ranges::any_of(config.use_cases, [&](const UseCaseConfig& each) { return each.name == name.text(); });
    if (!is_known) faults.push_back(name.error(fmt::format("there is no use case named \"{}\"", name.text())));
  }
}

McpServerConfig read_server(const Node& node, const GatewayConfig& config, config::Faults& faults) {
  McpServerConfig server;
  server.name = node["name"].text();
  auto origin = io::http::Origin::parse(node["url"].text());
  if (origin)
    server.origin = std::move(*origin);
  else
    faults.push_back(node["url"].error(origin.error().message, origin.error().fix));
  for (const auto& [name, value] : node["headers"].members()) server.headers.emplace_back(name, value.text());
  server.bearer = node["bearer"].secret();
  for (const auto& [name, value] : node["secret_headers"].members()) server.secret_headers[name] = value.secret();
  server.allow_tools = node["allow_tools"].texts();
  server.deny_tools = node["deny_tools"].texts();
  server.use_cases = node["use_cases"].texts();
  server.allow_origins = node["allow_origins"].texts();
  server.price_per_call = node["price_per_call"].money();
  server.timeout = node["timeout"].duration();
  server.facts.name = "mcp:" + server.name;
  server.facts.region = node["region"].text();
  server.facts.location = node["location"].text() == "on_prem" ? "on_prem" : "";
  server.facts.commitments = read_commitments(node["commitments"], faults);
  check_use_cases(node["use_cases"], config, faults);
  return server;
}

void check_patterns(const Node& list, config::Faults& faults) {
  for (const auto& pattern : list.items()) {
    const auto& text = pattern.text();
    const auto path = text.substr(std::min(text.find('/'), text.size()));
    if (path.empty())
      faults.push_back(
          pattern.error(fmt::format("\"{}\" is no path", text), "Write it as in POST /chat/completions or /models/*."));
  }
}

}  // namespace

Spec commitments_spec() {
  return config::object(
      "What the provider has promised by contract; policy relies on it and nothing else.",
      {{"training_use", config::choice("Whether it may train on what it is sent.", {"never", "opt_out", "yes"})},
       {"retention_days", option(Kind::Integer, "How many days it keeps what it is sent.").between(0, 36'500)},
       {"subprocessors", names("Companies it passes data on to.")},
       {"evidence", option(Kind::Text, "Where the promise is written down.")},
       {"expires", option(Kind::Date, "The day from which the promise no longer counts.")}});
}

policy::Commitments read_commitments(const Node& node, config::Faults& faults) {
  policy::Commitments commitments;
  commitments.training_use = node["training_use"].text();
  if (node["retention_days"].is_set()) commitments.retention_days = node["retention_days"].integer();
  commitments.subprocessors = node["subprocessors"].texts();
  commitments.evidence = node["evidence"].text();
  if (node["expires"].is_set()) {
    auto expires = parse_time(node["expires"].text() + "T00:00:00Z");
    if (expires)
      commitments.expires = *expires;
    else
      faults.push_back(node["expires"].error(expires.error().message));
  }
  return commitments;
}

Spec provider_passthrough_spec() {
  return config::object(
      "Paths behind its base URL that may be passed through, as in POST /chat/completions or /models/*.",
      {{"allow", names("Paths that may; the kind's own inference paths when left out.")},
       {"deny", names("Paths that may not, whatever else is said.")}});
}

std::vector<config::Section> raw_sections() {
  return {{"passthrough", passthrough_spec()},
          {"mcp_servers", config::list_of("Servers of the Model Context Protocol.", mcp_server_spec())}};
}

void read_raw_sections(const Node& root, const ProviderKindTable& kinds, GatewayConfig& config,
                       config::Faults& faults) {
  for (const auto& node : root["providers"].items()) {
    const auto provider = std::ranges::find(config.providers, node["name"].text(), &ProviderConfig::name);
    if (provider == config.providers.end()) continue;
    check_patterns(node["passthrough"]["allow"], faults);
    check_patterns(node["passthrough"]["deny"], faults);
    provider->passthrough_allow = node["passthrough"]["allow"].texts();
    provider->passthrough_deny = node["passthrough"]["deny"].texts();
    const auto kind = kinds.find(provider->kind);
    if (provider->passthrough_allow.empty() && kind != kinds.end())
      provider->passthrough_allow = kind->second.passthrough;
  }
  for (const auto& node : root["use_cases"].items()) {
    const auto use_case = std::ranges::find(config.use_cases, node["name"].text(), &UseCaseConfig::name);
    if (use_case == config.use_cases.end()) continue;
    use_case->passthrough = node["passthrough"].texts();
    for (const auto& name : node["passthrough"].items()) {
      const bool is_known =
          std::ranges::any_of(config.providers, [&](const ProviderConfig& each) { return each.name == name.text(); });
      if (!is_known) faults.push_back(name.error(fmt::format("there is no provider named \"{}\"", name.text())));
    }
  }
  if (const auto& node = root["passthrough"]; node.is_set()) {
    config.passthrough.ceiling = node["ceiling"].money();
    config.passthrough.takes_unreadable = node["unreadable"].text() == "pass";
    config.passthrough.timeout = node["timeout"].duration();
    config.passthrough.idle_timeout = node["idle_timeout"].duration();
  }
  for (const auto& node : root["mcp_servers"].items()) {
    config.mcp_servers.push_back(read_server(node, config, faults));
  }
}

}  // namespace millwright::gateway
