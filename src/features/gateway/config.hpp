// The sections `providers`, `models`, `routes`, `use_cases`, `limits` and `responses` of the configuration.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/config/node.hpp"
#include "features/finops/finops.hpp"
#include "features/gateway/breakers.hpp"
#include "features/gateway/limits_config.hpp"
#include "features/gateway/priority.hpp"
#include "features/gateway/route_config.hpp"
#include "features/policy/policy.hpp"
#include "io/http/client.hpp"

namespace millwright::gateway {

/// What the configuration of one kind of provider may hold, declared by the kind itself.
struct ProviderKindFacts {
  std::string base_url;                // where its API is when the configuration does not say; empty: it must say
  std::vector<std::string> options;    // names below `options`
  std::vector<std::string> secrets;    // names below `secrets`
  bool is_free = false;                // nobody bills its models: without a price they cost nothing
  std::string price_list;              // whose list prices hold when neither the configuration nor the host says
};
using ProviderKindTable = std::map<std::string, ProviderKindFacts, std::less<>>;

/// How a provider is reached through a proxy of its own; `url` empty: as the environment says, "none": directly.
struct ProxyConfig {
  std::string url, username;
  SecretSource password;
};
/// Authorities that sign the provider's certificate, and the certificate that is shown to it; PEM.
struct ProviderTlsConfig {
  std::string ca_file, certificate_file;
  SecretSource key;
};

struct ProviderConfig {
  std::string name, kind;              // the provider "builtin" always exists
  io::http::Origin origin;
  SecretSource api_key;
  config::Node options;                // texts, for the kind to read; its errors() tell the place in the file
  std::map<std::string, SecretSource, std::less<>> secrets;
  policy::ProviderFacts facts;
  std::string price_list;              // whose list prices hold for its models; "none": nobody's; empty: by its host
  std::vector<std::pair<std::string, std::string>> headers;   // sent with every call, never secrets
  BreakerSettings breaker;             // of each of its models
  ProxyConfig proxy;
  ProviderTlsConfig tls;
};

struct ModelConfig {
  std::string name, provider, id;      // id: as the provider names it
  std::string priced_as;               // as price lists name it, where the id is a name of one's own; else empty
  std::int64_t context_tokens = 128'000;
  std::int64_t output_tokens_max = 4'096;   // reserved when the caller sets no limit
  std::string output_limit_field = "max_tokens";   // how this model takes the limit on its answer
  std::optional<Capabilities> capabilities;   // stated: all it can do; else it counts as able
  std::optional<finops::ModelPrice> price;
  std::vector<finops::PriceVersion> prices;   // `price` and its history, with the times they hold for
};

/// The use-case document (R1) and what the gateway needs of it.
struct UseCaseConfig {
  std::string name, owner, description;
  policy::RiskTier tier = policy::RiskTier::T1;
  policy::DataClass data_class = policy::DataClass::Internal;
  Priority priority = Priority::Standard;   // who goes first when there is not room for all
  std::string route, prompt, index, environment;
  std::vector<std::string> users, success_metrics, data_sources, compliance;
  std::string fallback_message;        // said when nothing could answer; empty: the error is returned
  std::int64_t max_output_tokens = 0;  // 0: the model's own
  std::int64_t max_prompt_bytes = 0;   // 0: the server's body limit
  std::int64_t passages = 6;           // put before the model
  bool is_cache_on = true;
  Duration cache_ttl{300'000};
  bool is_paused = false;
  bool needs_release = false;          // serve nothing until a signed release is live
  std::optional<finops::BudgetDefinition> budget;
  std::string outcome_name;
  Money outcome_worth;
  config::Node gates;                  // read by features/evaluation
};

/// The section `responses`.
struct ResponseSettings {
  Duration retention{std::chrono::hours(24 * 30)};
};
/// `responses` has been validated against its section, or is absent.
[[nodiscard]] ResponseSettings parse_responses(const config::Node& responses);

struct GatewayConfig {
  std::vector<ProviderConfig> providers;
  std::vector<ModelConfig> models;
  std::vector<RouteConfig> routes;
  RoutesNeed routes_need;
  std::vector<UseCaseConfig> use_cases;
  std::vector<LimitConfig> limits;
};

/// `gates` is the spec of a use case's `gates`, which features/evaluation owns.
[[nodiscard]] std::vector<config::Section> gateway_sections(const config::Spec& gates);
/// Typed configuration from a validated tree; every dangling name (route → model → provider → kind …) and every option
/// that a provider's kind does not take is a fault at its place.
[[nodiscard]] std::expected<GatewayConfig, config::Faults> parse_gateway(const config::Node& root,
                                                                         const ProviderKindTable& kinds);

}  // namespace millwright::gateway
