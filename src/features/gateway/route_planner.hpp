// Which models may serve a request, in which order, and why: a decision without effects. The same request, states and
// draw give the same plan.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "features/finops/finops.hpp"
#include "features/gateway/breakers.hpp"
#include "features/gateway/config.hpp"
#include "features/gateway/model_state.hpp"
#include "features/telemetry/trace.hpp"

namespace millwright::gateway {

/// By tokens::Encoding, what a prompt has in it at least; counted only where some model's context needs it.
using CountedTokens = std::array<std::optional<std::int64_t>, tokens::encoding_count>;

/// What a route may look at. The views live as long as the request.
struct RequestTraits {
  std::string_view use_case, task, user, session, key, key_name, team;
  std::string_view segment;   // "region=eu;plan=gold"
  std::string_view language;  // empty: unknown
  std::span<const std::string> groups;
  std::span<const std::pair<std::string, std::string>> headers;  // those that rules name, in lower case
  policy::RiskTier risk_tier = policy::RiskTier::T1;
  policy::DataClass data_class = policy::DataClass::Confidential;
  std::int64_t prompt_tokens = 0;        // an estimate
  std::int64_t prompt_tokens_least = 0;  // hardly less, by any tokeniser
  CountedTokens counted;                 // goes before it for models of these encodings
  std::int64_t output_tokens = 0;        // expected, for costs
  Capabilities needs;
  bool is_streamed = false;
};

/// What is known of the models at the moment.
struct ModelStates {
  const GatewayConfig* config = nullptr;
  const RouteBoard* board = nullptr;          // nothing: all models idle
  const Breakers* breakers = nullptr;         // nothing: all models well
  const finops::PriceBook* prices = nullptr;  // for `cost`
  Timestamp now;
  std::int64_t now_ms = 0;  // as steady_ms
};

struct RoutePlan {
  const RouteConfig* route = nullptr;  // where the rules led
  RouteState* state = nullptr;
  std::vector<std::uint32_t> models;  // indexes into GatewayConfig::models, first choice first
  bool has_overflowed = false;        // the first one stands in for the route's own
  std::vector<telemetry::Decision> decisions;
  Capabilities lacking;          // what models were skipped for
  std::int64_t context_max = 0;  // of those skipped because the prompt does not fit
};
[[nodiscard]] RoutePlan plan_route(const ModelStates& states, const RouteConfig& route, const RequestTraits& traits,
                                   std::uint64_t draw);

/// Whether all that `when` states holds.
[[nodiscard]] bool holds(const RouteCondition& when, const RequestTraits& traits);
/// `pattern` with '*' for any text.
[[nodiscard]] bool matches_value(std::string_view pattern, std::string_view value);
/// What a call is likely to cost.
[[nodiscard]] Money expected_cost(const finops::ModelPrice& price, const RequestTraits& traits, Timestamp now);

}  // namespace millwright::gateway
