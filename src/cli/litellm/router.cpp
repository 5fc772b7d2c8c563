// router_settings, and the settings of the router that may also stand in litellm_settings.
#include "cli/litellm/amounts.hpp"
#include "cli/litellm/draft.hpp"

namespace millwright::cli::litellm {

namespace {

using config::Node;

constexpr double default_timeout = 600;  // seconds, when LiteLLM is told nothing
constexpr std::int64_t retries_max = 10;

struct StrategyName {
  std::string_view source, name, change;  // change: empty when it is the same
};
constexpr StrategyName strategies[] = {
    {"simple-shuffle", "weighted", ""},
    {"least-busy", "least_busy", ""},
    {"latency-based-routing", "latency", ""},
    {"cost-based-routing", "cost", ""},
    {"usage-based-routing", "least_busy", "there is no routing by used-up quota; the least busy is the nearest to it"},
    {"usage-based-routing-v2", "least_busy",
     "there is no routing by used-up quota; the least busy is the nearest to it"},
};

class RouterReader {
 public:
  explicit RouterReader(Draft& draft)
      : draft_(draft), router_(draft.source["router_settings"]), library_(draft.source["litellm_settings"]) {}

  void run() {
    read_aliases();
    read_strategy();
    read_numbers();
    read_breaker();
    read_fallbacks("fallbacks", "");
    read_default_fallbacks();
    read_fallbacks("context_window_fallbacks", "a prompt that does not fit");
    read_fallbacks("content_policy_fallbacks", "the provider's own filter");
    draft_.leave_rest(router_, "router_settings");
  }

 private:
  void read_aliases() {
    for (const auto& [alias, node] : router_["model_group_alias"].members()) {
      const auto& model = node.shape() == Node::Shape::Map ? node["model"] : node;
      auto* group = draft_.find_group(model.text());
      if (group == nullptr || !draft_.vocabulary.takes("use_cases[].aliases")) {
        draft_.account.leave(node,
                             group == nullptr ? "there is no model group of that name" : "use cases have one name",
                             "Add a use case of that name.");
        continue;
      }
      group->aliases.push_back(alias);
      const auto target = fmt::format("use_cases[{}].aliases", group->name);
      draft_.account.take(model, target);
      if (const auto& hidden = node["hidden"]; hidden.is_set() && is_true(hidden.text())) {
        draft_.account.take(hidden, "aliases do not stand in GET /v1/models");
      } else if (hidden.is_set()) {
        draft_.account.change(hidden, target, "aliases do not stand in GET /v1/models");
      }
    }
  }

  void read_strategy() {
    const auto& node = router_["routing_strategy"];
    if (!node.is_set()) return;
    for (const auto& strategy : strategies) {
      if (node.text() != strategy.source) continue;
      const bool is_default = strategy.name == "weighted";
      if (!is_default && !draft_.vocabulary.takes("routes[].strategy", strategy.name)) {
        draft_.account.leave(node, "routes choose by weight", "Give the targets weights.");
        return;
      }
      if (!is_default) draft_.strategy = strategy.name;
      if (strategy.change.empty()) {
        draft_.account.take(node, "routes[].strategy");
      } else {
        draft_.account.change(node, "routes[].strategy", strategy.change);
      }
      return;
    }
    draft_.account.leave(node, "no strategy of that name is known", "Set routes[].strategy.");
  }

  void read_numbers() {
    for (const auto* map : {&library_, &router_}) {
      const auto& retries = (*map)["num_retries"];
      if (const auto number = whole_number(retries); number && *number >= 0) {
        draft_.retries = *number;
        draft_.account.take(retries, "routes[].retries");
      }
    }
    for (const auto* node : {&library_["request_timeout"], &router_["timeout"]}) {
      if (!node->is_set()) continue;
      if (const auto time = seconds(node->text()); time && *time > 0) {
        draft_.timeout = *time;
        draft_.account.take(*node, "routes[].timeout");
      }
    }
    const auto& first = router_["stream_timeout"];
    if (first.is_set() && draft_.vocabulary.takes("routes[].first_token_timeout")) {
      if (const auto time = seconds(first.text()); time && *time > 0) {
        draft_.first_token_timeout = *time;
        draft_.account.take(first, "routes[].first_token_timeout");
      }
    }
    if (const auto& node = router_["max_fallbacks"]; whole_number(node)) {
      draft_.fallbacks_max = std::clamp<std::int64_t>(*whole_number(node), 0, 64);
      draft_.account.take(node, "routes[].fallback");
    }
  }

  void read_breaker() {
    for (const auto* map : {&library_, &router_}) {
      const auto& fails = (*map)["allowed_fails"];
      if (const auto number = whole_number(fails);
          number && *number >= 0 && draft_.vocabulary.takes("providers[].breaker.failures")) {
        draft_.breaker["failures"] = std::min<std::int64_t>(*number + 1, 1'000);
        draft_.account.change(fails, "providers[].breaker.failures",
                              "LiteLLM counts failures a minute, the breaker failures in a row");
      }
      const auto& pause = (*map)["cooldown_time"];
      if (!pause.is_set() || !draft_.vocabulary.takes("providers[].breaker.pause")) continue;
      if (const auto time = seconds(pause.text()); time && *time > 0) {
        const auto text = duration_text(std::min(*time, 600.0));
        draft_.breaker["pause"] = text;
        draft_.breaker["pause_max"] = text;
        draft_.account.take(pause, "providers[].breaker.pause");
      }
    }
  }

  /// `why`: the only failures it is for in LiteLLM; empty: for all.
  void read_fallbacks(std::string_view setting, std::string_view why) {
    for (const auto* map : {&library_, &router_}) {
      for (const auto& entry : (*map)[setting].items()) {
        for (const auto& [from, list] : entry.members()) {
          for (const auto& to : list.items()) read_fallback(from, to, why);
        }
      }
    }
  }

  void read_fallback(const std::string& from, const Node& node, std::string_view why) {
    const auto& name = node.shape() == Node::Shape::Map ? node["model"] : node;
    auto* const target = draft_.find_group(name.text());
    std::vector<Group*> sources;
    for (auto& group : draft_.groups) {
      // The general ones are for groups that have none of their own.
      const bool is_open = group.fallback_groups.empty() || is_general_.contains(group.source_name);
      const bool is_meant = from == "*" ? is_open : &group == draft_.find_group(from);
      if (is_meant && &group != target) sources.push_back(&group);
    }
    if (target == nullptr || sources.empty()) {
      draft_.account.leave(node, "there is no model group of that name (any more)",
                           "Add the model, then put it into the fallback of the route.");
      return;
    }
    for (auto* group : sources) {
      if (std::ranges::find(group->fallback_groups, target->source_name) != group->fallback_groups.end()) continue;
      if (from == "*") is_general_.insert(group->source_name);
      group->fallback_groups.push_back(target->source_name);
    }
    const auto path =
        from == "*" ? std::string("routes[].fallback") : fmt::format("routes[{}].fallback", sources.front()->name);
    if (why.empty()) {
      draft_.account.take(name, path);
    } else {
      draft_.account.change(
          name, path,
          fmt::format(
              "LiteLLM used it for {} only; a route's fallback is for every failure that another model may not have",
              why),
          "Set fallback_on of the route if that is too much.");
    }
    if (node.shape() == Node::Shape::Map) draft_.account.leave(node, "a fallback takes the request as it is");
  }

  void read_default_fallbacks() {
    for (const auto* map : {&library_, &router_}) {
      for (const auto& node : (*map)["default_fallbacks"].items()) read_fallback("*", node, "");
    }
  }

  Draft& draft_;
  const Node& router_;
  const Node& library_;
  std::set<std::string> is_general_;  // groups whose fallbacks are the general ones
};

/// The models of other groups that a route falls back to, in LiteLLM's order: each fallback before its own fallbacks,
/// and those before the next one.
void add_fallbacks(Draft& draft, const Group& group, std::set<std::string>& seen, std::vector<std::string>& models) {
  for (const auto& name : group.fallback_groups) {
    const auto* to = draft.find_group(name);
    const bool is_full = static_cast<std::int64_t>(seen.size()) > draft.fallbacks_max;
    if (to == nullptr || is_full || !seen.insert(to->source_name).second) continue;
    for (const auto& deployment : to->deployments) models.push_back(deployment.model);
    add_fallbacks(draft, *to, seen, models);
  }
}

std::vector<std::string> fallback_models(Draft& draft, const Group& group) {
  std::vector<std::string> models;
  std::set<std::string> seen{group.source_name};
  add_fallbacks(draft, group, seen, models);
  return models;
}

json::object render_route(Draft& draft, const Group& group) {
  json::object route{{"name", group.name}};
  auto deployments = group.deployments;
  std::ranges::stable_sort(deployments, {}, &Deployment::order);
  json::array targets, fallback;
  for (const auto& deployment : deployments) {
    if (deployment.order == deployments.front().order && targets.size() < 64) {
      json::object target{{"model", deployment.model}};
      if (deployments.size() > 1) target["weight"] = std::min<std::int64_t>(deployment.weight, 1'000'000);
      targets.emplace_back(std::move(target));
    } else {
      fallback.emplace_back(json::object{{"model", deployment.model}});
    }
  }
  for (auto& model : fallback_models(draft, group)) {
    fallback.emplace_back(json::object{{"model", std::move(model)}});
  }
  if (!draft.strategy.empty() && targets.size() > 1) route["strategy"] = draft.strategy;
  route["targets"] = std::move(targets);
  if (!fallback.empty()) route["fallback"] = std::move(fallback);
  const auto timeout = group.timeout ? group.timeout : draft.timeout;
  if (!timeout)
    draft.assume(fmt::format("routes[{}].timeout", group.name), "LiteLLM waits ten minutes when it is told nothing");
  route["timeout"] = duration_text(std::clamp(timeout.value_or(default_timeout), 0.001, 3'600.0));
  if (const auto first = group.first_token_timeout ? group.first_token_timeout : draft.first_token_timeout) {
    route["first_token_timeout"] = duration_text(std::clamp(*first, 0.001, 3'600.0));
  }
  route["retries"] = std::min(group.retries.value_or(draft.retries.value_or(2)), retries_max);
  return route;
}

json::object render_use_case(const Draft& draft, const Group& group) {
  json::object use_case{{"name", group.name},
                        {"owner", draft.options.owner},
                        {"description", fmt::format("Imported from LiteLLM: {}", group.source_name)},
                        {"risk_tier", draft.options.risk_tier},
                        {"data_class", draft.options.data_class},
                        {"route", group.name}};
  if (!group.aliases.empty()) use_case["aliases"] = json::value_from(group.aliases);
  if (group.output_tokens_max)
    use_case["max_output_tokens"] = std::min<std::int64_t>(*group.output_tokens_max, 10'000'000);
  use_case["cache"] = draft.cache;
  return use_case;
}

json::object with_breaker(const json::object& provider, const json::object& breaker) {
  auto whole = provider;
  if (!breaker.empty()) whole["breaker"] = breaker;
  return whole;
}

}  // namespace

void read_router(Draft& draft) { RouterReader(draft).run(); }

json::object render_sections(Draft& draft) {
  json::object sections;
  if (!draft.server_limits.empty()) sections["server"] = json::object{{"limits", draft.server_limits}};
  sections["teams"] = draft.teams;
  json::array providers, routes, use_cases;
  for (const auto& provider : draft.providers)
    providers.emplace_back(with_breaker(provider.get_object(), draft.breaker));
  for (const auto& group : draft.groups) {
    routes.emplace_back(render_route(draft, group));
    use_cases.emplace_back(render_use_case(draft, group));
  }
  sections["providers"] = std::move(providers);
  sections["models"] = draft.models;
  sections["routes"] = std::move(routes);
  sections["use_cases"] = std::move(use_cases);
  if (!draft.limits.empty()) sections["limits"] = draft.limits;
  if (!draft.groups.empty()) {
    draft.assume("use_cases[].owner, risk_tier, data_class",
                 "LiteLLM knows no owners, risk tiers or classes of data: review them for each use case");
  }
  return sections;
}

}  // namespace millwright::cli::litellm
