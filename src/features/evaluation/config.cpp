// The `suites` section, and the `gates` of a use case.
#include <algorithm>

#include "features/evaluation/evaluation.hpp"

namespace millwright::evaluation {

using config::Kind, config::option;

config::Section suites_section() {
  config::Spec suite = config::object(
      "Labelled questions that a release must answer well.",
      {{"name", option(Kind::Name, "Name of the suite.").required()},
       {"file", option(Kind::Text, "YAML file of the cases, relative to the configuration.").required()}});
  return {"suites", config::list_of("Evaluation suites.", std::move(suite))};
}

Result<std::vector<SuiteConfig>> parse_suites(const config::Node& suites) {
  std::vector<SuiteConfig> parsed;
  for (const config::Node& node : suites.items()) parsed.push_back({node["name"].text(), node["file"].text()});
  return parsed;
}

config::Spec gates_spec() {
  return config::object(
      "What a release must pass before users see it. Unset bounds follow the risk tier.",
      {{"suite", option(Kind::Name, "Suite that is run; the one named like the use case when unset.")},
       {"cases_min", option(Kind::Integer, "Fewest answered cases that allow a verdict.").between(1, 5'000)},
       {"quality", config::object("Against labelled examples.",
                                  {{"pass_rate_min", option(Kind::Real, "Lowest share of passed cases, 0 to 1.")},
                                   {"drop_max", option(Kind::Real, "Largest fall against what is live, 0 to 1.")}})},
       {"safety", config::object("Disallowed content, leakage, policy.",
                                 {{"failures_max", option(Kind::Integer, "Most failed cases.").between(0, 5'000)}})},
       {"operations",
        config::object("Latency, errors and cost.",
                       {{"latency_p95_max", option(Kind::Duration, "Longest answer of 95 in 100 cases.")},
                        {"error_rate_max", option(Kind::Real, "Largest share of cases without an answer, 0 to 1.")},
                        {"cost_per_case_max", option(Kind::Money, "Highest mean cost of a case.")}})}});
}

namespace {

GateBounds bounds_of_tier(policy::RiskTier tier) {
  GateBounds bounds;
  switch (tier) {
    case policy::RiskTier::T0: bounds.quality_pass_rate_min = 0.7, bounds.cases_min = 10; break;
    case policy::RiskTier::T1: break;
    case policy::RiskTier::T2: bounds.quality_pass_rate_min = 0.85, bounds.cases_min = 50; break;
    case policy::RiskTier::T3: bounds.quality_pass_rate_min = 0.9, bounds.cases_min = 100; break;
  }
  return bounds;
}

void read_share(const config::Node& node, double& share) {
  if (node.is_set()) share = std::clamp(node.real(), 0.0, 1.0);
}

}  // namespace

GateBounds parse_gates(const config::Node& gates, policy::RiskTier tier) {
  GateBounds bounds = bounds_of_tier(tier);
  bounds.suite = gates["suite"].text();
  if (const config::Node& node = gates["cases_min"]; node.is_set()) bounds.cases_min = node.integer();
  read_share(gates["quality"]["pass_rate_min"], bounds.quality_pass_rate_min);
  read_share(gates["quality"]["drop_max"], bounds.quality_drop_max);
  if (const config::Node& node = gates["safety"]["failures_max"]; node.is_set()) {
    bounds.safety_failures_max = node.integer();
  }
  const config::Node& operations = gates["operations"];
  if (const config::Node& node = operations["latency_p95_max"]; node.is_set()) {
    bounds.latency_ms_p95_max = node.duration().count();
  }
  read_share(operations["error_rate_max"], bounds.error_rate_max);
  if (const config::Node& node = operations["cost_per_case_max"]; node.is_set()) bounds.cost_per_case_max = node.money();
  return bounds;
}

}  // namespace millwright::evaluation
