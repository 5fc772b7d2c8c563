// litellm_settings, general_settings and everything else at the top of the source.
#include "base/text.hpp"
#include "cli/litellm/amounts.hpp"
#include "cli/litellm/draft.hpp"

namespace millwright::cli::litellm {

namespace {

using config::Node;

void read_cache(Draft& draft, const Node& settings) {
  const auto& node = settings["cache"];
  const bool is_on = node.is_set() && is_true(node.text());
  draft.cache["enabled"] = is_on;
  if (node.is_set()) {
    draft.account.take(node, "use_cases[].cache.enabled");
  } else {
    draft.assume("use_cases[].cache.enabled", "LiteLLM caches nothing unless it is told to");
  }
  const auto& parameters = settings["cache_params"];
  if (const auto& ttl = parameters["ttl"]; is_on && ttl.is_set()) {
    if (const auto time = seconds(ttl.text()); time && *time > 0) {
      draft.cache["ttl"] = duration_text(std::min(*time, 86'400.0));
      draft.account.take(ttl, "use_cases[].cache.ttl");
    }
  }
  if (const auto& type = parameters["type"]; type.is_set() && is_on) {
    const bool is_local = type.text() == "local";
    const bool is_semantic = type.text().find("semantic") != std::string::npos;
    if (is_local) {
      draft.account.take(type, "use_cases[].cache");
    } else {
      draft.account.change(
          type, "use_cases[].cache",
          is_semantic ? "equal requests share an answer, similar ones do not" : "the cache is in the process");
    }
  }
}

void read_budget(Draft& draft, const Node& settings) {
  const auto& limit = settings["max_budget"];
  if (!limit.is_set()) return;
  const auto& duration = settings["budget_duration"];
  const auto period = budget_period(duration);
  const auto amount = period ? scaled_money(limit.text(), period->factor) : std::nullopt;
  if (!amount) {
    draft.account.leave(limit, "it is not an amount with a period", "Set teams[].budget.");
    return;
  }
  draft.team_budget_limit = *amount;
  draft.team_budget_per = period->per;
  const auto target = fmt::format("teams[{}].budget", draft.options.owner);
  draft.account.change(limit, target + ".limit",
                       "it held for the whole proxy and now holds for the team that owns the imported use cases",
                       "Give other teams and use cases budgets of their own.");
  if (period->factor == 1) {
    draft.account.take(duration, target + ".per");
  } else {
    draft.account.change(duration, target + ".per", "the amount is put down to a month of 30 days");
  }
}

void read_general(Draft& draft, const Node& settings) {
  const auto limit = [&](std::string_view name, std::string_view option) {
    const auto& node = settings[name];
    const auto number = whole_number(node);
    if (!number || *number <= 0 || !draft.vocabulary.takes(fmt::format("server.limits.{}", option))) return;
    draft.server_limits[option] = std::min<std::int64_t>(*number, 1'000'000);
    draft.account.take(node, fmt::format("server.limits.{}", option));
  };
  limit("global_max_parallel_requests", "requests");
  const auto& parallel = settings["max_parallel_requests"];
  if (const auto number = whole_number(parallel); number && *number > 0) {
    bool is_added = !draft.models.empty();
    for (const auto& model : draft.models) {
      const std::string name(string_member(model.get_object(), "name"));
      is_added = is_added && draft.add_limit("model", name, "concurrent", fmt::format("{}", *number));
    }
    if (is_added) {
      draft.account.take(parallel, "limits[].concurrent, for each model");
    } else {
      draft.account.leave(parallel, "models have no limits of their own here", "Set server.limits.requests.");
    }
  }
  const auto& size = settings["max_request_size_mb"];
  if (const auto number = whole_number(size); number && *number > 0) {
    draft.server_limits["body_bytes"] = fmt::format("{}MiB", std::min<std::int64_t>(*number, 1'024));
    draft.account.take(size, "server.limits.body_bytes");
  }
}

void add_owner(Draft& draft) {
  const auto is_owner = [&draft](const json::value& team) {
    return string_member(team.get_object(), "name") == draft.options.owner;
  };
  auto found = std::ranges::find_if(draft.teams, is_owner);
  if (found == draft.teams.end()) {
    draft.teams.emplace_back(json::object{{"name", draft.options.owner}});
    found = std::prev(draft.teams.end());
    draft.assume(fmt::format("teams[{}]", draft.options.owner),
                 "every use case has an owner; --owner names another one");
  }
  auto& team = found->get_object();
  if (!draft.team_budget_limit.empty() && !team.contains("budget")) {
    team["budget"] = json::object{{"limit", draft.team_budget_limit}, {"per", draft.team_budget_per}};
  }
}

void leave_the_rest(Draft& draft, const Node& tree) {
  draft.leave_rest(tree, "");
  for (const auto& [name, node] : tree.members()) {
    if (node.shape() == Node::Shape::Map && node.members().empty()) draft.account.leave(node, "it is empty");
    if (node.shape() == Node::Shape::List && node.items().empty()) draft.account.leave(node, "it is empty");
  }
  for (const auto& credential : tree["credential_list"].items()) {
    draft.account.leave(credential["credential_info"], "it describes the credential to LiteLLM's own pages");
  }
}

}  // namespace

void read_settings(Draft& draft) {
  const auto& library = draft.source["litellm_settings"];
  const auto& general = draft.source["general_settings"];
  read_cache(draft, library);
  read_budget(draft, library);
  read_general(draft, general);
  add_owner(draft);
  draft.leave_rest(library, "litellm_settings");
  draft.leave_rest(general, "general_settings");
  leave_the_rest(draft, draft.source);
}

}  // namespace millwright::cli::litellm
