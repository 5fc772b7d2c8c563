// Use cases: the list, and the whole document of one with what is live, what it costs and what it is worth.
#include "api/admin/groups.hpp"
#include "api/admin/shapes.hpp"
#include "api/answer.hpp"
#include "api/fields.hpp"
#include "features/audit/audit.hpp"

namespace millwright::api {

namespace {

using io::http::Response;

struct Facts {
  std::shared_ptr<const configuration::Loaded> loaded;
  std::shared_ptr<const gateway::GatewayState> state;
  std::vector<finops::BudgetStatus> budgets;
  Timestamp now;
};

std::string_view state_of(const gateway::UseCaseConfig& use_case, const std::optional<gateway::Live>& live) {
  if (use_case.is_paused) return "paused";
  if (use_case.needs_release && !live) return "needs_release";
  return "serving";
}

json::object summary_json(const UseCaseParts& parts, const Facts& facts, const gateway::UseCaseConfig& use_case) {
  const auto live = parts.delivery->live(use_case.name);
  const auto* budget = find_budget(facts.budgets, "use_case/" + use_case.name);
  return {{"name", use_case.name},
          {"owner", use_case.owner},
          {"description", use_case.description},
          {"risk_tier", policy::tier_name(use_case.tier)},
          {"data_class", policy::class_name(use_case.data_class)},
          {"environment", use_case.environment},
          {"state", state_of(use_case, live)},
          {"route", use_case.route},
          {"prompt", use_case.prompt},
          {"index", use_case.index},
          {"live", live ? json::value(live_json(*live)) : json::value(nullptr)},
          {"budget", budget != nullptr ? json::value(budget_json(*budget, facts.now)) : json::value(nullptr)},
          {"origin", origin_json(*facts.loaded, "use_cases/" + use_case.name)}};
}

json::value route_json(const gateway::GatewayConfig& config, std::string_view name) {
  const auto route = std::ranges::find(config.routes, name, &gateway::RouteConfig::name);
  if (route == config.routes.end()) return nullptr;
  json::array targets;
  for (const auto& target : route->targets) {
    targets.push_back(json::object{{"model", target.model}, {"weight", target.weight}});
  }
  return json::object{{"name", route->name},
                      {"targets", std::move(targets)},
                      {"fallback", texts_json(route->fallback)},
                      {"timeout_ms", route->timeout.count()},
                      {"retries", route->retries}};
}

json::object gates_json(const gateway::UseCaseConfig& use_case) {
  const auto bounds = evaluation::parse_gates(use_case.gates, use_case.tier);
  return {{"suite", bounds.suite},
          {"quality_pass_rate_min", bounds.quality_pass_rate_min},
          {"quality_drop_max", bounds.quality_drop_max},
          {"safety_failures_max", bounds.safety_failures_max},
          {"latency_ms_p95_max", bounds.latency_ms_p95_max},
          {"cost_per_case_max_usd", money_json(bounds.cost_per_case_max)},
          {"error_rate_max", bounds.error_rate_max},
          {"cases_min", bounds.cases_min}};
}

Result<json::array> keys_json(const UseCaseParts& parts, std::string_view use_case) {
  auto keys = parts.keys->list();
  if (!keys) return pass(keys);
  json::array array;
  for (const auto& key : *keys) {
    if (key.principal.use_case == use_case && !key.revoked_at) array.push_back(key_json(key));
  }
  return array;
}

void add_document(json::object& body, const gateway::UseCaseConfig& use_case) {
  body["users"] = texts_json(use_case.users);
  body["success_metrics"] = texts_json(use_case.success_metrics);
  body["data_sources"] = texts_json(use_case.data_sources);
  body["compliance"] = texts_json(use_case.compliance);
  body["fallback_message"] = use_case.fallback_message;
  body["max_output_tokens"] = use_case.max_output_tokens;
  body["max_prompt_bytes"] = use_case.max_prompt_bytes;
  body["passages"] = use_case.passages;
  body["is_cache_on"] = use_case.is_cache_on;
  body["cache_ttl_ms"] = use_case.cache_ttl.count();
  body["needs_release"] = use_case.needs_release;
  body["gates"] = gates_json(use_case);
  body["outcome"] = use_case.outcome_name.empty()
                        ? json::value(nullptr)
                        : json::value(json::object{{"name", use_case.outcome_name},
                                                   {"worth_usd", money_json(use_case.outcome_worth)}});
}

Facts facts_of(const UseCaseParts& parts) {
  return {parts.configuration->current(), parts.gateway->state(), parts.accounts->budgets(), parts.clock->now()};
}

Result<Response> list_use_cases(const UseCaseParts& parts, const Call&) {
  const auto facts = facts_of(parts);
  json::array items;
  for (const auto& use_case : facts.state->config.use_cases) items.push_back(summary_json(parts, facts, use_case));
  return page_answer(std::move(items));
}

Result<Response> get_use_case(const UseCaseParts& parts, const Call& call) {
  const auto use_case = load_use_case(*parts.gateway, call.parameter("name"));
  if (!use_case) return std::unexpected(use_case.error());
  const auto facts = facts_of(parts);
  auto body = summary_json(parts, facts, *use_case);
  add_document(body, *use_case);
  body["pause_reason"] = parts.pause_reason(use_case->name);
  body["route_detail"] = route_json(facts.state->config, use_case->route);
  const auto live = parts.delivery->live(use_case->name);
  body["prompt_text"] = live ? live->stable.prompt_text : "";
  const auto totals = outcome_totals(*parts.outcomes, *parts.accounts, month_start(facts.now), facts.now);
  if (!totals) return std::unexpected(totals.error());
  json::array outcomes;
  for (const auto& total : *totals) {
    if (string_member(total.as_object(), "use_case") == use_case->name) outcomes.push_back(total);
  }
  body["outcomes"] = std::move(outcomes);
  auto keys = keys_json(parts, use_case->name);
  if (!keys) return pass(keys);
  body["keys"] = std::move(*keys);
  const auto object = std::ranges::find(facts.loaded->objects, "use_cases/" + use_case->name, &configuration::Object::id);
  body["yaml"] = object != facts.loaded->objects.end() ? object->yaml : "";
  return json_answer(json::value(std::move(body)));
}

/// Recorded before it takes effect: what is not in the audit log does not happen.
Result<Response> switch_use_case(const UseCaseParts& parts, const Call& call, std::string_view action) {
  const auto use_case = load_use_case(*parts.gateway, call.parameter("name"));
  if (!use_case) return std::unexpected(use_case.error());
  Body body(call.request, {"reason"});
  auto reason = body.text_or("reason", {});
  if (auto ok = body.check(); !ok) return pass(ok);
  const bool is_pause = action == "use_case.pause";
  if (is_pause && reason.empty()) reason = "paused by " + call.caller.name;
  audit::Entry entry;
  entry.actor = call.caller.name;
  entry.action = action;
  entry.object = "use_case/" + use_case->name;
  entry.detail = {{"reason", reason}};
  auto recorded = parts.audit->record(std::move(entry));
  if (!recorded) return pass(recorded);
  auto done = parts.set_pause(use_case->name, is_pause ? reason : std::string());
  if (!done) return pass(done);
  const auto now = load_use_case(*parts.gateway, use_case->name);
  if (!now) return std::unexpected(now.error());
  return json_answer(summary_json(parts, facts_of(parts), *now));
}

Result<Response> pause(const UseCaseParts& parts, const Call& call) {
  return switch_use_case(parts, call, "use_case.pause");
}

Result<Response> resume(const UseCaseParts& parts, const Call& call) {
  return switch_use_case(parts, call, "use_case.resume");
}

}  // namespace

Routes use_case_routes(const UseCaseParts& parts) {
  using enum io::http::Method;
  return {
      row(Get, "/api/v1/use-cases", Access::Viewer, list_use_cases, parts),
      row(Get, "/api/v1/use-cases/{name}", Access::Viewer, get_use_case, parts),
      row(Post, "/api/v1/use-cases/{name}/pause", Access::Owner, pause, parts),
      row(Post, "/api/v1/use-cases/{name}/resume", Access::Owner, resume, parts),
  };
}

}  // namespace millwright::api
