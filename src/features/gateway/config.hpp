// The sections `providers`, `models`, `routes`, `use_cases`, `limits`, `task_classifiers` and `responses` of the
// configuration.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/config/node.hpp"
#include "base/tokens/tokeniser.hpp"
#include "features/finops/finops.hpp"
#include "features/gateway/breakers.hpp"
#include "features/gateway/economy_settings.hpp"
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
  std::vector<std::string> passthrough;  // paths that may be passed through unless the configuration says otherwise
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
  std::vector<std::string> passthrough_allow, passthrough_deny;  // paths, as of matches_path
};

struct ModelConfig {
  std::string name, provider, id;      // id: as the provider names it
  std::string priced_as;               // as price lists name it, where the id is a name of one's own; else empty
  std::int64_t context_tokens = 128'000;
  std::int64_t output_tokens_max = 4'096;   // reserved when the caller sets no limit
  std::string output_limit_field = "max_tokens";   // how this model takes the limit on its answer
  std::optional<Capabilities> capabilities;   // stated: all it can do; else it counts as able
  tokens::Tokeniser tokeniser;         // as configured, else by the id
  bool is_tokeniser_certain = false;   // configured, or the id is OpenAI's own at OpenAI: fit for bounds of money
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
  std::vector<std::string> aliases;    // other names that callers may put into `model`
  std::string task_classifier;         // says what task a request is when the caller does not; empty: nothing does
  std::string fallback_message;        // said when nothing could answer; empty: the error is returned
  std::int64_t max_output_tokens = 0;  // 0: the model's own
  std::int64_t max_prompt_bytes = 0;   // 0: the server's body limit
  std::int64_t max_prompt_tokens = 0;  // 0: no limit; counted by the first model of the route
  std::int64_t passages = 6;           // put before the model
  bool is_cache_on = true;
  Duration cache_ttl{300'000};
  EconomySettings economy;
  bool is_paused = false;
  bool needs_release = false;          // serve nothing until a signed release is live
  std::optional<finops::BudgetDefinition> budget;
  std::string outcome_name;
  Money outcome_worth;
  config::Node gates;                  // read by features/evaluation
  std::vector<std::string> passthrough;  // providers that its keys may speak to in their own words
};

/// The section `passthrough`.
struct PassthroughConfig {
  Money ceiling = Money::from_nano(100'000'000);  // held for, and charged to, a request whose cost is not known
  bool takes_unreadable = false;                  // bodies that the guard cannot read
  Duration timeout{600'000}, idle_timeout{300'000};
};

/// One of `mcp_servers`.
struct McpServerConfig {
  std::string name;
  io::http::Origin origin;  // its one endpoint is the base path
  std::vector<std::pair<std::string, std::string>> headers;
  SecretSource bearer;
  std::map<std::string, SecretSource, std::less<>> secret_headers;
  std::vector<std::string> allow_tools, deny_tools;  // names or globs; empty allow: all but the denied
  std::vector<std::string> use_cases;                // whose keys may call it
  std::vector<std::string> allow_origins;            // of browsers, besides this server's own
  Money price_per_call;
  Duration timeout{60'000};
  policy::ProviderFacts facts;  // named "mcp:NAME"
};

/// The section `responses`.
struct ResponseSettings {
  Duration retention{std::chrono::hours(24 * 30)};
};
/// `responses` has been validated against its section, or is absent.
[[nodiscard]] ResponseSettings parse_responses(const config::Node& responses);

/// A trained model file (base/task_classifier.hpp).
struct TaskClassifierConfig {
  std::string name, file;              // file: absolute, or relative to the configuration's directory
  double threshold = 0.6;              // of confidence, below which a task stays unknown
};

struct GatewayConfig {
  std::vector<ProviderConfig> providers;
  std::vector<ModelConfig> models;
  std::vector<RouteConfig> routes;
  RoutesNeed routes_need;
  std::vector<UseCaseConfig> use_cases;
  std::vector<LimitConfig> limits;
  PassthroughConfig passthrough;
  std::vector<McpServerConfig> mcp_servers;
  std::vector<TaskClassifierConfig> task_classifiers;
};

/// The sections `passthrough` and `mcp_servers`, and what providers and use cases say of them.
[[nodiscard]] std::vector<config::Section> raw_sections();
[[nodiscard]] config::Spec provider_passthrough_spec();
[[nodiscard]] config::Spec commitments_spec();
[[nodiscard]] policy::Commitments read_commitments(const config::Node& commitments, config::Faults& faults);
/// Reads them into a configuration whose providers and use cases have been read.
void read_raw_sections(const config::Node& root, const ProviderKindTable& kinds, GatewayConfig& config,
                       config::Faults& faults);

/// `gates` is the spec of a use case's `gates`, which features/evaluation owns.
[[nodiscard]] std::vector<config::Section> gateway_sections(const config::Spec& gates);
/// Typed configuration from a validated tree; every dangling name (route → model → provider → kind …) and every option
/// that a provider's kind does not take is a fault at its place.
[[nodiscard]] std::expected<GatewayConfig, config::Faults> parse_gateway(const config::Node& root,
                                                                         const ProviderKindTable& kinds);

}  // namespace millwright::gateway
