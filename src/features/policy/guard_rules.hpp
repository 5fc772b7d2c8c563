// What is done about each type of finding in each direction, as configured; the defaults are in the table below.
//
// type               input    output   document  class
// email, phone       redact   allow    allow     internal       contact data: kept from models, readable where sources
// are credit_card, iban  redact   redact   allow     restricted us_ssn             redact   redact   allow restricted
// secret.*           block    redact   block     restricted     a leaked key is turned back before it spreads
// hidden_text.*      redact   redact   block     as it is       invisible instructions: taken out; documents
// quarantined injection.*        allow    allow    block     as it is       words alone never refuse a person's prompt:
// reported only
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/config/node.hpp"
#include "features/policy/guardrail.hpp"

namespace millwright::policy {

/// One line of `guard.rules`. Later lines override earlier ones, member by member.
struct GuardRule {
  std::vector<std::string> types;  // "email", "secret.*", "*"
  std::optional<Action> input, output, document;
  std::optional<DataClass> raise_to;
};

struct GuardSettings {
  double score_min = 0.5;
  std::vector<std::string> allow;  // globs of values that are public, such as "*@example.org"
  std::vector<GuardRule> rules;
};

/// What applies to one type after all rules.
struct TypePolicy {
  std::string_view type;
  std::array<Action, 3> actions{};  // by Direction
  DataClass raise_to = DataClass::Public;
};

/// `guard` has been validated against the section.
[[nodiscard]] Result<GuardSettings> parse_guard(const config::Node& guard);
/// "secret.*" covers "secret.github"; a name covers itself; "*" covers all.
[[nodiscard]] bool covers(std::string_view pattern, std::string_view type);
/// Defaults, then the rules in their order.
[[nodiscard]] TypePolicy policy_for(const FindingType& type, const std::vector<GuardRule>& rules);

}  // namespace millwright::policy
