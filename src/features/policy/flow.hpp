// Rules on flows: which class of data, of which use case and tier, may go to which provider; and exceptions to them.
//
// A query is allowed when at least one rule is about it and every rule about it is met, or waived by an exception that
// is in force. A rule is met when one of its alternatives is. Nothing said means no.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "features/policy/policy.hpp"

namespace millwright::policy {

/// What a provider must offer; empty members ask for nothing.
struct FlowTarget {
  std::vector<std::string> locations;  // "builtin", "on_prem", "outside"
  std::vector<std::string> regions;    // "eu" also covers "eu-central"
  std::vector<std::string> providers;  // names, as globs
  std::string training_use;            // must be recorded so, and unexpired
  std::optional<std::int64_t> retention_days_max;
};

struct FlowRule {
  std::string id;
  DataClass class_min = DataClass::Public, class_max = DataClass::Restricted;
  RiskTier tier_min = RiskTier::T0, tier_max = RiskTier::T3;
  std::vector<std::string> use_cases;  // globs; empty: all
  std::vector<FlowTarget> allow_to;    // alternatives; empty: any provider
  std::string why;                     // shown with the refusal
};

/// A rule set aside for a while, by one person with another's consent.
struct FlowException {
  std::string id, waives;
  std::vector<std::string> use_cases, providers;  // globs; empty: all
  std::string owner, approver, reason;
  Timestamp created, expires;
};

inline constexpr std::chrono::days exception_days_max{90};
inline constexpr std::chrono::days exception_days_max_t3{30};

struct FlowPolicy {
  std::vector<FlowRule> rules;
  std::vector<FlowException> exceptions;
};

/// public and internal to any provider; confidential where nothing is kept or learned from; restricted nowhere outside.
[[nodiscard]] FlowPolicy builtin_flows();
[[nodiscard]] FlowVerdict decide_flow(const FlowPolicy& policy, const FlowQuery& query, Timestamp now);
/// `digest` names the text the policy came from.
[[nodiscard]] std::unique_ptr<Policy> make_flow_policy(FlowPolicy policy, Digest digest);

}  // namespace millwright::policy
