#include "features/policy/config.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "features/policy/flow.hpp"

namespace millwright::policy {
namespace {

using config::Kind;
using config::Node;
using config::Spec;

const std::vector<std::string> classes{"public", "internal", "confidential", "restricted"};
const std::vector<std::string> tiers{"T0", "T1", "T2", "T3"};
const std::vector<std::string> locations{"builtin", "on_prem", "outside"};

Spec texts(std::string description) {
  return config::list_of(description, config::option(Kind::Text, "A name.").between(1, 128)).between(0, 200);
}

Spec rule_spec() {
  auto when = config::object("What the rule is about; everything that is left out.",
                             {{"class_at_least", config::choice("Lowest class of data.", classes).nullable()},
                              {"class_at_most", config::choice("Highest class of data.", classes).nullable()},
                              {"tier_at_least", config::choice("Lowest risk tier.", tiers).nullable()},
                              {"tier_at_most", config::choice("Highest risk tier.", tiers).nullable()},
                              {"use_cases", texts("Use cases, as globs.")}});
  auto target = config::object(
      "What a provider must offer.",
      {{"location", config::list_of("Where it runs.", config::choice("A location.", locations)).between(0, 3)},
       {"region", texts("Regions; eu also covers eu-central.")},
       {"provider", texts("Providers, as globs.")},
       {"training_use", config::choice("Recorded and unexpired use for training.", {"never", "opt_out"}).nullable()},
       {"retention_days_max", config::option(Kind::Integer, "Days of retention recorded, unexpired, at most.")
                                  .between(0, 3'650)
                                  .nullable()}});
  return config::object(
      "One rule.",
      {{"id", config::option(Kind::Text, "Name of the rule.").required().between(1, 64)},
       {"when", std::move(when)},
       {"allow_to",
        config::list_of("Alternatives, one of which must be met; none: any.", std::move(target)).between(0, 50)},
       {"reason", config::option(Kind::Text, "Why the rule exists.").between(0, 400)}});
}

Spec exception_spec() {
  return config::object(
      "A rule set aside for at most 90 days (30 for tier T3).",
      {{"id", config::option(Kind::Text, "Name of the exception.").required().between(1, 64)},
       {"waives", config::option(Kind::Text, "Id of the rule.").required().between(1, 64)},
       {"use_cases", texts("Use cases it covers, as globs.")},
       {"providers", texts("Providers it covers, as globs.")},
       {"owner", config::option(Kind::Text, "Who answers for it.").required().between(1, 128)},
       {"approver", config::option(Kind::Text, "Who agreed; not the owner.").required().between(1, 128)},
       {"reason", config::option(Kind::Text, "Why it is needed.").required().between(1, 400)},
       {"created", config::option(Kind::Date, "First day in force.").required()},
       {"expires", config::option(Kind::Date, "First day no longer in force.").required()}});
}

Spec test_spec() {
  auto given =
      config::object("The question.",
                     {{"use_case", config::option(Kind::Text, "Use case.").between(0, 128)},
                      {"class", config::choice("Class of data.", classes).required()},
                      {"tier", config::choice("Risk tier.", tiers).fallback("T1")},
                      {"region_demanded", config::option(Kind::Text, "Demanded by the caller.").between(0, 64)},
                      {"provider", config::option(Kind::Text, "Name.").between(0, 128).fallback("example")},
                      {"region", config::option(Kind::Text, "Of the provider.").between(0, 64)},
                      {"location", config::choice("Of the provider.", locations).fallback("outside")},
                      {"training_use", config::choice("Recorded.", {"never", "opt_out", "yes"}).nullable()},
                      {"retention_days", config::option(Kind::Integer, "Recorded.").between(0, 3'650).nullable()},
                      {"expires", config::option(Kind::Date, "Of the commitments.").nullable()},
                      {"at", config::option(Kind::Date, "Day of the decision; default: today.").nullable()}})
          .required();
  return config::object("An example that must come out as written, checked at every load.",
                        {{"name", config::option(Kind::Text, "What it shows.").required().between(1, 128)},
                         {"given", std::move(given)},
                         {"expect", config::choice("Verdict.", {"allow", "deny"}).required()},
                         {"rule", config::option(Kind::Text, "Id of the rule that decides.").between(0, 64)}});
}

Result<std::optional<Timestamp>> date_of(const Node& node) {
  if (!node.is_set()) return std::optional<Timestamp>();
  const auto time = parse_time(node.text() + "T00:00:00Z");
  if (!time) return std::unexpected(node.error("\"" + node.text() + "\" is not a date", "write it as 2027-09-01"));
  return std::optional<Timestamp>(*time);
}

FlowTarget parse_target(const Node& node) {
  FlowTarget target{.locations = node["location"].texts(),
                    .regions = node["region"].texts(),
                    .providers = node["provider"].texts(),
                    .training_use = node["training_use"].text(),
                    .retention_days_max = std::nullopt};
  if (node["retention_days_max"].is_set()) target.retention_days_max = node["retention_days_max"].integer();
  return target;
}

Result<FlowRule> parse_rule(const Node& node) {
  const Node& when = node["when"];
  FlowRule rule{.id = node["id"].text(), .use_cases = when["use_cases"].texts(), .why = node["reason"].text()};
  if (when["class_at_least"].is_set()) rule.class_min = *find_class(when["class_at_least"].text());
  if (when["class_at_most"].is_set()) rule.class_max = *find_class(when["class_at_most"].text());
  if (when["tier_at_least"].is_set()) rule.tier_min = *find_tier(when["tier_at_least"].text());
  if (when["tier_at_most"].is_set()) rule.tier_max = *find_tier(when["tier_at_most"].text());
  if (rule.class_min > rule.class_max || rule.tier_min > rule.tier_max) {
    return std::unexpected(when.error("the rule is about nothing: its lower bound is above its upper bound"));
  }
  for (const Node& target : node["allow_to"].items()) rule.allow_to.push_back(parse_target(target));
  return rule;
}

Result<FlowException> parse_exception(const Node& node, const FlowPolicy& policy) {
  FlowException exception{.id = node["id"].text(),
                          .waives = node["waives"].text(),
                          .use_cases = node["use_cases"].texts(),
                          .providers = node["providers"].texts(),
                          .owner = node["owner"].text(),
                          .approver = node["approver"].text(),
                          .reason = node["reason"].text(),
                          .created = {},
                          .expires = {}};
  if (std::ranges::find(policy.rules, exception.waives, &FlowRule::id) == policy.rules.end()) {
    return std::unexpected(node["waives"].error("there is no rule \"" + exception.waives + "\""));
  }
  if (exception.owner == exception.approver) {
    return std::unexpected(node["approver"].error("an exception is approved by someone other than its owner"));
  }
  auto created = date_of(node["created"]);
  if (!created) return pass(created);
  auto expires = date_of(node["expires"]);
  if (!expires) return pass(expires);
  exception.created = created->value_or(Timestamp{});
  exception.expires = expires->value_or(Timestamp{});
  if (exception.expires <= exception.created || exception.expires - exception.created > exception_days_max) {
    return std::unexpected(node["expires"].error(
        fmt::format("an exception lasts between 1 and {} days", exception_days_max.count()), "renew it when it ends"));
  }
  return exception;
}

template <class Item>
Result<void> refuse_twins(const Node& list, const std::vector<Item>& items) {
  for (std::size_t i = 0; i < items.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (items[i].id == items[j].id)
        return std::unexpected(list.items()[i].error("\"" + items[i].id + "\" stands twice"));
    }
  }
  return {};
}

Result<FlowPolicy> parse_flows(const Node& node) {
  FlowPolicy policy;
  for (const Node& item : node["flows"].items()) {
    auto rule = parse_rule(item);
    if (!rule) return pass(rule);
    policy.rules.push_back(std::move(*rule));
  }
  auto unique = refuse_twins(node["flows"], policy.rules);
  if (!unique) return pass(unique);
  if (policy.rules.empty()) policy = builtin_flows();
  for (const Node& item : node["exceptions"].items()) {
    auto exception = parse_exception(item, policy);
    if (!exception) return pass(exception);
    policy.exceptions.push_back(std::move(*exception));
  }
  unique = refuse_twins(node["exceptions"], policy.exceptions);
  if (!unique) return pass(unique);
  return policy;
}

Result<void> run_test(const Node& node, const FlowPolicy& policy, Timestamp now) {
  const Node& given = node["given"];
  auto expires = date_of(given["expires"]);
  if (!expires) return pass(expires);
  auto at = date_of(given["at"]);
  if (!at) return pass(at);
  ProviderFacts provider{.name = given["provider"].text(),
                         .region = given["region"].text(),
                         .location = given["location"].text() == "outside" ? "" : given["location"].text(),
                         .commitments = {.training_use = given["training_use"].text(), .expires = *expires}};
  if (given["retention_days"].is_set()) provider.commitments.retention_days = given["retention_days"].integer();
  const FlowQuery query{.use_case = given["use_case"].text(),
                        .tier = find_tier(given["tier"].text()).value_or(RiskTier::T1),
                        .data_class = find_class(given["class"].text()).value_or(DataClass::Confidential),
                        .provider = &provider,
                        .region = given["region_demanded"].text()};
  const FlowVerdict verdict = decide_flow(policy, query, at->value_or(now));
  const std::string came_out = verdict.is_allowed ? "allow" : "deny";
  const std::string& wanted_rule = node["rule"].text();
  if (came_out == node["expect"].text() && (wanted_rule.empty() || wanted_rule == verdict.rule)) return {};
  return std::unexpected(
      node.error(fmt::format("policy test \"{}\" expects {}{}{} and gets {} by rule {}: {}", node["name"].text(),
                             node["expect"].text(), wanted_rule.empty() ? "" : " by rule ", wanted_rule, came_out,
                             verdict.rule, verdict.reason),
                 "mend the rule or the test"));
}

}  // namespace

config::Section policy_section() {
  return {
      "policy",
      config::object(
          "Which class of data may go to which provider; absent: the built-in policy.",
          {{"flows", config::list_of("Rules; together they replace the built-in policy.", rule_spec()).between(0, 500)},
           {"exceptions", config::list_of("Rules set aside for a while.", exception_spec()).between(0, 500)},
           {"tests", config::list_of("Examples checked at every load.", test_spec()).between(0, 1'000)}})};
}

Result<std::unique_ptr<Policy>> make_policy(const Node& policy, Timestamp now) {
  auto flows = parse_flows(policy);
  if (!flows) return pass(flows);
  for (const Node& test : policy["tests"].items()) {
    auto passed = run_test(test, *flows, now);
    if (!passed) return pass(passed);
  }
  const std::string text = policy.is_set() ? policy.render_yaml() : std::string();
  return make_flow_policy(std::move(*flows), sha256("policy/v1\n" + text));
}

}  // namespace millwright::policy
