// The section `routes`: which models may serve a request, in which order, and what happens when one fails.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/config/node.hpp"
#include "features/gateway/capabilities.hpp"
#include "features/gateway/failure_class.hpp"
#include "features/policy/policy.hpp"

namespace millwright::gateway {

/// How the first choice among the targets is made; the others follow it in the same order of preference.
enum class Strategy : std::uint8_t { Weighted, Priority, LeastBusy, Latency, Cost };
[[nodiscard]] std::string_view strategy_name(Strategy strategy);  // "weighted", "least_busy", …

struct RouteTarget {
  std::string model;
  std::int64_t weight = 1;
};

/// A name and what its value must look like; '*' stands for any text.
struct ValuePattern {
  std::string name, pattern;
};

/// Holds when all that is stated holds; of a list one entry must.
struct RouteCondition {
  std::vector<std::string> use_cases, tasks, user_tiers, languages;
  std::vector<policy::RiskTier> risk_tiers;
  std::vector<policy::DataClass> data_classes;
  std::vector<ValuePattern> segments, headers;  // header names in lower case
  std::optional<std::int64_t> prompt_tokens_min, prompt_tokens_max;
  Capabilities needs;  // the request asks for all of these
};

struct RouteRule {
  std::string name;
  RouteCondition when;
  std::string route;  // the call goes on there; empty: the following, in this route
  std::vector<RouteTarget> targets;
  std::vector<std::string> fallback;
  std::optional<Strategy> strategy;  // that of the route when not stated
};

enum class AffinityBy : std::uint8_t { Session, User, Key };
struct Affinity {
  AffinityBy by = AffinityBy::Session;
  Duration ttl{0};  // after so long a caller may be placed anew; 0: never
};

/// To another model while the route's own are full or have spent enough.
struct Overflow {
  std::string to;
  std::optional<std::int64_t> concurrent;  // calls of this route in flight at its own models
  std::optional<Money> spend;              // settled by its own models within the running window
  Duration window{3'600'000};              // aligned to the clock
};

struct RetryBudget {
  int basis_points = 2'000;  // of the requests
  int burst = 50;            // that may come before the share counts
};

/// A second attempt on the next model while the first has said nothing yet.
struct Hedge {
  Duration after{0};              // 0: the 95th percentile of what this model took lately
  std::optional<Money> cost_max;  // of the second attempt, at worst
  int basis_points = 500;         // of the requests
};

/// A copy of some requests for another model, after the answer; nobody waits for it.
struct Shadow {
  std::string model;
  int basis_points = 500;
  std::optional<Money> spend;  // within the running window; then no more copies
  Duration window{86'400'000};
};

struct RouteConfig {
  std::string name;
  std::vector<RouteTarget> targets;
  std::vector<std::string> fallback;  // models, in order
  Duration timeout{60'000};           // of one attempt, until the whole answer or the first byte of a stream
  Duration idle_timeout{30'000};      // between two pieces of a stream
  int retries = 2;                    // further attempts on the same model, only for failures worth retrying
  Strategy strategy = Strategy::Weighted;
  std::vector<RouteRule> rules;     // in order; none holds: the targets above
  Duration first_token_timeout{0};  // of one attempt, until a stream's first content; 0: none
  FallbackClasses fallback_on;
  std::optional<Affinity> affinity;
  std::optional<Overflow> overflow;
  RetryBudget retry_budget;
  std::optional<Hedge> hedge;
  std::optional<Shadow> shadow;
  std::string terms;  // canonical YAML of everything but name, targets, fallback and timeouts
};

/// What the routes need to know of a request; what none needs is not worked out.
struct RoutesNeed {
  bool language = false, capabilities = false;
  std::vector<std::string> headers;  // lower case, sorted
};
[[nodiscard]] RoutesNeed needs_of(const std::vector<RouteConfig>& routes);

/// The spec of one entry of `routes`, and that of a model's `capabilities`.
[[nodiscard]] config::Spec route_spec();
[[nodiscard]] config::Spec capabilities_spec(std::string description);
[[nodiscard]] Capabilities parse_capabilities(const config::Node& list);

/// Reads one entry of `routes`. `check_model` is asked about every node that names a model.
[[nodiscard]] RouteConfig parse_route(const config::Node& node,
                                      const std::function<void(const config::Node&)>& check_model,
                                      config::Faults& faults);
/// Rules that name a route: it exists, and none leads back to where it came from.
void check_rules(const config::Node& routes, const std::vector<RouteConfig>& parsed, config::Faults& faults);

}  // namespace millwright::gateway
