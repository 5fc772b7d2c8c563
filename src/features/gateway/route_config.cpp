#include "features/gateway/route_config.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <set>

#include "base/text.hpp"

namespace millwright::gateway {
namespace {

using config::Faults;
using config::Node;
using CheckModel = std::function<void(const Node&)>;

constexpr std::array<std::string_view, 5> strategies{"weighted", "priority", "least_busy", "latency", "cost"};
/// Never for rules: they hold secrets.
constexpr std::array secret_headers{"authorization", "proxy-authorization", "cookie", "set-cookie",
                                    "x-api-key",     "x-goog-api-key",      "api-key"};

Strategy parse_strategy(const Node& node) {
  const auto* found = std::ranges::find(strategies, node.text());
  return found == strategies.end() ? Strategy::Weighted : static_cast<Strategy>(found - strategies.begin());
}

/// "5%" → 500 basis points.
int parse_share(const Node& node, Faults& faults) {
  std::string_view text = node.text();
  const bool is_percent = text.ends_with('%');
  if (is_percent) text.remove_suffix(1);
  double share = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), share);
  const bool is_number = error == std::errc() && end == text.data() + text.size() && !text.empty();
  if (is_number && is_percent && share >= 0 && share <= 100) return static_cast<int>(share * 100 + 0.5);
  faults.push_back(
      node.error(fmt::format("\"{}\" is not a share", node.text()), "Write it as in 5%, from 0% to 100%."));
  return 0;
}

/// "800ms", "1.5s" or "p95".
Duration parse_delay(const Node& node, Faults& faults) {
  if (node.text() == "p95") return Duration(0);
  std::string_view text = node.text();
  const double unit = text.ends_with("ms") ? 1 : text.ends_with('s') ? 1000 : 0;
  text.remove_suffix(unit == 1 ? 2 : unit == 1000 ? 1 : 0);
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool is_number = unit != 0 && error == std::errc() && end == text.data() + text.size() && !text.empty();
  const auto delay =
      is_number && number > 0 && number < 1e6 ? Duration(static_cast<std::int64_t>(number * unit + 0.5)) : Duration(0);
  if (delay < Duration(1) || delay > Duration(600'000)) {
    faults.push_back(
        node.error(fmt::format("\"{}\" is not a delay", node.text()), "Write a time up to 600s as in 800ms, or p95."));
    return Duration(1'000);
  }
  return delay;
}

std::vector<RouteTarget> parse_targets(const Node& node, const CheckModel& check_model, Faults& faults) {
  std::vector<RouteTarget> targets;
  for (const auto& target : node.items()) {
    check_model(target["model"]);
    targets.push_back({target["model"].text(), target["weight"].integer()});
  }
  if (node.is_set() && std::ranges::all_of(targets, [](const RouteTarget& target) { return target.weight == 0; })) {
    faults.push_back(node.error("every target has weight 0", "Give at least one a weight."));
  }
  return targets;
}

std::vector<std::string> parse_fallback(const Node& node, const CheckModel& check_model) {
  std::vector<std::string> fallback;
  for (const auto& target : node.items()) {
    check_model(target["model"]);
    fallback.push_back(target["model"].text());
  }
  return fallback;
}

std::vector<ValuePattern> parse_patterns(const Node& node) {
  std::vector<ValuePattern> patterns;
  for (const auto& [name, value] : node.members()) patterns.push_back({name, value.text()});
  return patterns;
}

std::vector<ValuePattern> parse_headers(const Node& node, Faults& faults) {
  auto patterns = parse_patterns(node);
  for (auto& pattern : patterns) {
    const auto& value = node[pattern.name];
    pattern.name = to_lower_ascii(pattern.name);
    if (std::ranges::find(secret_headers, pattern.name) != secret_headers.end()) {
      faults.push_back(value.error(fmt::format("the header {} holds a secret", pattern.name),
                                   "Use a header of your own, or user_tier."));
    }
  }
  return patterns;
}

RouteCondition parse_condition(const Node& node, Faults& faults) {
  RouteCondition when;
  when.use_cases = node["use_case"].texts();
  when.tasks = node["task"].texts();
  when.user_tiers = node["user_tier"].texts();
  for (const auto& language : node["language"].texts()) when.languages.push_back(to_lower_ascii(language));
  for (const auto& tier : node["risk_tier"].texts())
    when.risk_tiers.push_back(policy::find_tier(tier).value_or(policy::RiskTier::T3));
  for (const auto& name : node["data_class"].texts()) {
    when.data_classes.push_back(policy::find_class(name).value_or(policy::DataClass::Restricted));
  }
  when.segments = parse_patterns(node["segment"]);
  when.headers = parse_headers(node["header"], faults);
  const auto& tokens = node["prompt_tokens"];
  if (tokens["min"].is_set()) when.prompt_tokens_min = tokens["min"].integer();
  if (tokens["max"].is_set()) when.prompt_tokens_max = tokens["max"].integer();
  if (when.prompt_tokens_min && when.prompt_tokens_max && *when.prompt_tokens_min > *when.prompt_tokens_max) {
    faults.push_back(tokens.error("min is larger than max", "No prompt has such a length."));
  }
  when.needs = parse_capabilities(node["needs"]);
  return when;
}

RouteRule parse_rule(const Node& node, std::size_t number, const CheckModel& check_model, Faults& faults) {
  RouteRule rule;
  rule.name = node["name"].is_set() ? node["name"].text() : fmt::format("{}", number);
  rule.when = parse_condition(node["when"], faults);
  rule.route = node["route"].text();
  rule.targets = parse_targets(node["targets"], check_model, faults);
  rule.fallback = parse_fallback(node["fallback"], check_model);
  if (node["strategy"].is_set()) rule.strategy = parse_strategy(node["strategy"]);
  const bool has_route = !rule.route.empty();
  if (has_route == !rule.targets.empty()) {
    faults.push_back(
        node.error(has_route ? "a rule has a route or targets, not both" : "a rule needs a route or targets",
                   "Say where the calls go that it holds for."));
  }
  if (has_route && (rule.strategy || !rule.fallback.empty())) {
    faults.push_back(
        node["route"].error("the route named here brings its own strategy and fallback", "Take them out of the rule."));
  }
  return rule;
}

Duration parse_window(const Node& per) {
  return per.text() == "minute" ? Duration(60'000) : per.text() == "day" ? Duration(86'400'000) : Duration(3'600'000);
}

Overflow parse_overflow(const Node& node, const CheckModel& check_model, Faults& faults) {
  Overflow overflow;
  check_model(node["to"]);
  overflow.to = node["to"].text();
  if (node["concurrent"].is_set()) overflow.concurrent = node["concurrent"].integer();
  if (const auto& spend = node["spend"]; spend.is_set()) {
    overflow.spend = spend["limit"].money();
    overflow.window = parse_window(spend["per"]);
  }
  if (!overflow.concurrent && !overflow.spend) {
    faults.push_back(node.error("overflow never begins", "Give it concurrent, spend or both."));
  }
  return overflow;
}

/// What decides answers beyond the classic members, for the manifest of a release.
std::string terms_of(const Node& node) {
  static constexpr std::array plain{"name", "targets", "fallback", "timeout", "idle_timeout", "retries"};
  const auto stated = node.without_defaults();
  std::string terms;
  for (const auto& [name, value] : stated.members()) {
    if (std::ranges::find(plain, name) != plain.end() || !value.is_set()) continue;
    terms += fmt::format("{}: {}\n", name, value.render_yaml());
  }
  return terms;
}

}  // namespace

std::string_view strategy_name(Strategy strategy) { return strategies[static_cast<std::size_t>(strategy)]; }

Capabilities parse_capabilities(const Node& list) {
  Capabilities capabilities;
  for (const auto& name : list.texts()) {
    if (const auto known = find_capability(name)) capabilities.add(*known);
  }
  return capabilities;
}

RoutesNeed needs_of(const std::vector<RouteConfig>& routes) {
  RoutesNeed need;
  for (const auto& route : routes) {
    for (const auto& rule : route.rules) {
      need.language |= !rule.when.languages.empty();
      need.capabilities |= !rule.when.needs.is_empty();
      for (const auto& header : rule.when.headers) need.headers.push_back(header.name);
    }
  }
  std::ranges::sort(need.headers);
  const auto repeated = std::ranges::unique(need.headers);
  need.headers.erase(repeated.begin(), repeated.end());
  return need;
}

RouteConfig parse_route(const Node& node, const CheckModel& check_model, Faults& faults) {
  RouteConfig route;
  route.name = node["name"].text();
  route.targets = parse_targets(node["targets"], check_model, faults);
  route.fallback = parse_fallback(node["fallback"], check_model);
  route.timeout = node["timeout"].duration();
  route.idle_timeout = node["idle_timeout"].duration();
  route.retries = static_cast<int>(node["retries"].integer());
  route.strategy = parse_strategy(node["strategy"]);
  for (const auto& rule : node["rules"].items()) {
    route.rules.push_back(parse_rule(rule, route.rules.size() + 1, check_model, faults));
  }
  if (node["first_token_timeout"].is_set()) route.first_token_timeout = node["first_token_timeout"].duration();
  for (const auto& name : node["fallback_on"].texts()) {
    if (const auto known = find_failure_class(name)) route.fallback_on.add(*known);
  }
  if (const auto& affinity = node["affinity"]; affinity.is_set()) {
    const auto& by = affinity["by"].text();
    route.affinity = Affinity{by == "user"  ? AffinityBy::User
                              : by == "key" ? AffinityBy::Key
                                            : AffinityBy::Session,
                              affinity["ttl"].is_set() ? affinity["ttl"].duration() : Duration(0)};
  }
  if (node["overflow"].is_set()) route.overflow = parse_overflow(node["overflow"], check_model, faults);
  route.retry_budget = {parse_share(node["retry_budget"]["share"], faults),
                        static_cast<int>(node["retry_budget"]["burst"].integer())};
  if (const auto& hedge = node["hedge"]; hedge.is_set()) {
    route.hedge = Hedge{parse_delay(hedge["after"], faults), std::nullopt, parse_share(hedge["max_share"], faults)};
    if (hedge["max_cost"].is_set()) route.hedge->cost_max = hedge["max_cost"].money();
  }
  if (const auto& shadow = node["shadow"]; shadow.is_set()) {
    check_model(shadow["model"]);
    route.shadow =
        Shadow{shadow["model"].text(), parse_share(shadow["share"], faults), std::nullopt, Duration(86'400'000)};
    if (const auto& spend = shadow["spend"]; spend.is_set()) {
      route.shadow->spend = spend["limit"].money();
      route.shadow->window = parse_window(spend["per"]);
    }
  }
  route.terms = terms_of(node);
  return route;
}

void check_rules(const Node& routes, const std::vector<RouteConfig>& parsed, Faults& faults) {
  const auto find = [&](std::string_view name) { return std::ranges::find(parsed, name, &RouteConfig::name); };
  std::vector<std::string_view> names;
  for (const auto& route : parsed) names.push_back(route.name);
  const std::function<bool(std::string_view, std::string_view, std::set<std::string_view>&)> leads_to =
      [&](std::string_view from, std::string_view goal, std::set<std::string_view>& seen) {
        const auto route = find(from);
        if (from == goal) return true;
        if (route == parsed.end() || !seen.insert(from).second) return false;
        return std::ranges::any_of(route->rules, [&](const RouteRule& rule) {
          return !rule.route.empty() && leads_to(rule.route, goal, seen);
        });
      };
  for (const auto& route : routes.items()) {
    for (const auto& rule : route["rules"].items()) {
      const auto& node = rule["route"];
      if (!node.is_set()) continue;
      if (find(node.text()) == parsed.end()) {
        const auto near = nearest_name(node.text(), names);
        faults.push_back(
            node.error(fmt::format("there is no route named \"{}\"", node.text()),
                       near ? fmt::format("Did you mean \"{}\"?", *near) : "Name one of the section routes."));
        continue;
      }
      std::set<std::string_view> seen;
      if (leads_to(node.text(), route["name"].text(), seen)) {
        faults.push_back(node.error(fmt::format("the route \"{}\" leads back to this one", node.text()),
                                    "A call would go round for ever."));
      }
    }
  }
}

}  // namespace millwright::gateway
