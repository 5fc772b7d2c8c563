// What a configuration gives the gateway: providers with their secrets, policy, guard, prices; and who may be reached.
#pragma once

#include <memory>
#include <vector>

#include "features/configuration/configuration.hpp"
#include "features/gateway/gateway.hpp"
#include "io/http/client.hpp"
#include "io/http/egress.hpp"

namespace millwright::app {

/// Loads secrets and task classifiers (`directory` is the configuration's), compiles the guard (some 50 ms). Errors name
/// the object.
[[nodiscard]] Result<gateway::GatewayState> build_gateway_state(const configuration::Loaded& loaded,
                                                                io::http::Client& client,
                                                                const finops::PriceList& prices, Timestamp now,
                                                                const std::filesystem::path& directory);

/// What every configured model costs and when: its own prices, then the price list of its provider's vendor, then the
/// ceiling.
[[nodiscard]] std::shared_ptr<const finops::PriceBook> make_prices(const gateway::GatewayConfig& config,
                                                                   const configuration::Loaded& loaded,
                                                                   const finops::PriceList& prices);

/// A rule for each host and port a provider connects to: the one configured and those its kind adds. A private address is allowed only where the configuration
/// itself says so: a literal private address, localhost, or a provider marked on_prem.
[[nodiscard]] std::vector<io::http::EgressRule> egress_rules(const gateway::GatewayState& state);

/// Limits of teams, use cases and keys.
[[nodiscard]] std::vector<finops::BudgetDefinition> budget_definitions(const configuration::Loaded& loaded,
                                                                       const gateway::GatewayConfig& config,
                                                                       const std::vector<identity::Key>& keys);

}  // namespace millwright::app
