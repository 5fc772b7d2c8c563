#include "app/gateway_state.hpp"

#include <arpa/inet.h>

#include <fstream>
#include <sstream>

#include "extensions/guardrails/all.hpp"
#include "extensions/providers/all.hpp"
#include "features/finops/config.hpp"
#include "features/policy/config.hpp"
#include "io/http/transport.hpp"
#include "store/vault/vault.hpp"

namespace millwright::app {

namespace {

bool is_literal_address(const std::string& host) {
  std::array<unsigned char, 16> bytes{};
  return inet_pton(AF_INET, host.c_str(), bytes.data()) == 1 || inet_pton(AF_INET6, host.c_str(), bytes.data()) == 1;
}

Result<std::string> read_pem(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  if (!in) return fail(ErrorCode::InvalidConfig, "the file {} cannot be read", path);
  return std::move(text).str();
}

/// A proxy and certificates of the provider's own; absent when it has none.
Result<std::shared_ptr<const io::http::Transport>> make_transport(const gateway::ProviderConfig& config) {
  if (config.proxy.url.empty() && config.tls.ca_file.empty() && config.tls.certificate_file.empty()) return nullptr;
  io::http::TransportOptions options;
  if (config.proxy.url == "none") {
    options.proxy_use = io::http::ProxyUse::Direct;
  } else if (!config.proxy.url.empty()) {
    options.proxy_use = io::http::ProxyUse::Own;
    std::string password;
    if (!config.proxy.password.empty()) {
      auto loaded = store::load_secret(config.proxy.password);
      if (!loaded) return pass(loaded);
      password = std::move(*loaded);
    }
    auto proxy = io::http::Proxy::parse(config.proxy.url, config.proxy.username, password);
    if (!proxy) return pass(proxy);
    options.proxy = std::move(*proxy);
  }
  for (const auto& [path, pem] : {std::pair{&config.tls.ca_file, &options.ca_pem},
                                  std::pair{&config.tls.certificate_file, &options.certificate_pem}}) {
    if (path->empty()) continue;
    auto text = read_pem(*path);
    if (!text) return pass(text);
    *pem = std::move(*text);
  }
  if (!config.tls.key.empty()) {
    auto key = store::load_secret(config.tls.key);
    if (!key) return pass(key);
    options.key_pem = std::move(*key);
  }
  return io::http::Transport::make(std::move(options));
}

Result<std::shared_ptr<gateway::Provider>> make_provider(const gateway::ProviderKinds& kinds,
                                                         const gateway::ProviderConfig& config,
                                                         io::http::Client& client) {
  const auto kind = kinds.find(config.kind);
  if (kind == kinds.end()) {
    return fail(ErrorCode::InvalidConfig, "provider {}: this build knows no kind \"{}\"", config.name, config.kind);
  }
  gateway::ProviderParts parts;
  parts.config = &config;
  parts.client = &client;
  if (!config.api_key.empty()) {
    auto secret = store::load_secret(config.api_key);
    if (!secret) {
      secret.error().message = fmt::format("provider {}: {}", config.name, secret.error().message);
      return pass(secret);
    }
    parts.api_key = std::move(*secret);
  }
  for (const auto& [name, source] : config.secrets) {
    auto secret = store::load_secret(source);
    if (!secret) {
      secret.error().message = fmt::format("provider {}: {}: {}", config.name, name, secret.error().message);
      return pass(secret);
    }
    parts.secrets[name] = std::move(*secret);
  }
  auto made = kind->second.make(parts);
  if (!made) return pass(made);
  return std::shared_ptr<gateway::Provider>(std::move(*made));
}

Result<std::string> load_named(const SecretSource& source, std::string_view owner) {
  auto secret = store::load_secret(source);
  if (!secret) secret.error().message = fmt::format("{}: {}", owner, secret.error().message);
  return secret;
}

Result<std::shared_ptr<const gateway::McpServer>> make_mcp_server(const gateway::McpServerConfig& config) {
  auto server = std::make_shared<gateway::McpServer>();
  server->config = config;
  const auto owner = "MCP server " + config.name;
  for (const auto& [name, value] : config.headers) server->headers.set(name, value);
  for (const auto& [name, source] : config.secret_headers) {
    auto secret = load_named(source, owner);
    if (!secret) return pass(secret);
    server->headers.set(name, std::move(*secret));
  }
  if (!config.bearer.empty()) {
    auto secret = load_named(config.bearer, owner);
    if (!secret) return pass(secret);
    server->headers.set("Authorization", "Bearer " + *secret);
  }
  return server;
}

}  // namespace

Result<gateway::GatewayState> build_gateway_state(const configuration::Loaded& loaded, io::http::Client& client,
                                                  const finops::PriceList& prices, Timestamp now,
                                                  const std::filesystem::path& directory) {
  gateway::GatewayState state;
  const auto kinds = extensions::provider_kinds();
  auto config = gateway::parse_gateway(loaded.tree, gateway::facts_of(kinds));
  if (!config) return std::unexpected(configuration::join_faults(config.error()));
  state.config = std::move(*config);
  for (auto& provider : state.config.providers) {
    auto transport = make_transport(provider);
    if (!transport) {
      transport.error().message = fmt::format("provider {}: {}", provider.name, transport.error().message);
      return pass(transport);
    }
    provider.origin.transport = std::move(*transport);
    auto made = make_provider(kinds, provider, client);
    if (!made) return pass(made);
    state.providers[provider.name] = std::move(*made);
  }
  if (!state.providers.contains("builtin")) {
    gateway::ProviderConfig builtin;
    builtin.name = builtin.kind = "builtin";
    builtin.facts = {"builtin", "", "builtin", {}};
    auto made = make_provider(kinds, builtin, client);
    if (!made) return pass(made);
    state.providers["builtin"] = std::move(*made);
  }
  for (const auto& server : state.config.mcp_servers) {
    auto made = make_mcp_server(server);
    if (!made) return pass(made);
    state.mcp_servers[server.name] = std::move(*made);
  }
  auto policy = policy::make_policy(loaded.tree["policy"], now);
  if (!policy) return pass(policy);
  state.policy = std::move(*policy);
  auto guard = policy::make_guard(loaded.tree["guard"], extensions::all_guardrails());
  if (!guard) return pass(guard);
  state.guard = std::move(*guard);
  state.prices = make_prices(state.config, loaded, prices);
  auto classifiers = gateway::load_task_classifiers(state.config.task_classifiers, directory);
  if (!classifiers) return pass(classifiers);
  state.task_classifiers = std::move(*classifiers);
  return state;
}

std::shared_ptr<const finops::PriceBook> make_prices(const gateway::GatewayConfig& config,
                                                     const configuration::Loaded& loaded,
                                                     const finops::PriceList& prices) {
  std::vector<finops::PricedModel> models;
  for (const auto& model : config.models) {
    finops::PricedModel priced{model.name, {}, model.priced_as.empty() ? model.id : model.priced_as, {}, model.prices};
    const auto provider = std::ranges::find(config.providers, model.provider, &gateway::ProviderConfig::name);
    if (provider != config.providers.end()) {
      const auto& list = provider->price_list;
      if (list.empty()) priced.vendor = finops::vendor_of_host(provider->origin.host);
      else if (list != "none") priced.vendor = list;
      priced.region = provider->facts.region;
    }
    models.push_back(std::move(priced));
  }
  auto ceiling = finops::parse_finops(loaded.tree["finops"]).unpriced_ceiling;
  return std::make_shared<const finops::PriceBook>(prices.versions_for(models), std::move(ceiling));
}

std::vector<io::http::EgressRule> egress_rules(const gateway::GatewayState& state) {
  std::vector<io::http::EgressRule> rules;
  for (const auto& provider : state.config.providers) {
    std::vector<io::http::Origin> origins{provider.origin};
    if (const auto made = state.providers.find(provider.name); made != state.providers.end()) {
      std::ranges::move(made->second->further_origins(), std::back_inserter(origins));
    }
    for (const auto& origin : origins) {
      if (origin.host.empty()) continue;
      const bool allow_private = is_literal_address(origin.host) || origin.host == "localhost" ||
                                 provider.facts.location == "on_prem";
      rules.push_back({origin.host, origin.port, allow_private});
    }
  }
  for (const auto& server : state.config.mcp_servers) {
    const auto& host = server.origin.host;
    const bool allow_private = is_literal_address(host) || host == "localhost" || server.facts.location == "on_prem";
    rules.push_back({host, server.origin.port, allow_private});
  }
  return rules;
}

std::vector<finops::BudgetDefinition> budget_definitions(const configuration::Loaded& loaded,
                                                         const gateway::GatewayConfig& config,
                                                         const std::vector<identity::Key>& keys) {
  std::vector<finops::BudgetDefinition> budgets;
  for (const auto& team : loaded.tree["teams"].items()) {
    if (auto budget = finops::parse_budget(team["budget"], "team/" + team["name"].text())) {
      budgets.push_back(std::move(*budget));
    }
  }
  for (const auto& use_case : config.use_cases) {
    if (use_case.budget) budgets.push_back(*use_case.budget);
  }
  for (const auto& key : keys) {
    if (!key.principal.budget || key.revoked_at) continue;
    budgets.push_back({"key/" + key.principal.key_id.text(), *key.principal.budget, finops::Period::Month,
                       {50, 75, 90}, finops::AtLimit::Block});
  }
  return budgets;
}

}  // namespace millwright::app
