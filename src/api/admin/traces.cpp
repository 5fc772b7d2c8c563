// Calls: the list from the ledger, one trace with spans, decisions, outcomes.
#include "api/admin/groups.hpp"
#include "api/admin/shapes.hpp"
#include "api/answer.hpp"
#include "api/fields.hpp"

namespace millwright::api {

namespace {

using io::http::Response;

json::object summary_json(const finops::LedgerRow& row) {
  const auto& facts = row.facts;
  return {{"id", facts.trace.text()},
          {"time", render_time(facts.time)},
          {"use_case", facts.use_case},
          {"team", facts.team},
          {"user", facts.user},
          {"key", facts.key},
          {"environment", facts.environment},
          {"model", facts.model},
          {"provider", facts.provider},
          {"release", facts.release},
          {"surface", facts.surface},
          {"status", telemetry::status_name(row.status)},
          {"http_status", row.http_status},
          {"tokens", token_counts_json(row.tokens)},
          {"cost_usd", money_json(row.cost)},
          {"saved_usd", money_json(row.saved)},
          {"duration_us", row.duration_us},
          {"first_token_us", row.first_token_us},
          {"is_estimated", row.is_estimated},
          {"is_unpriced", row.is_unpriced},
          {"is_cache_hit", row.is_cache_hit},
          {"price_version", facts.price_version},
          {"provider_request", row.provider_request}};
}

Result<Response> list_traces(const TraceParts& parts, const Call& call) {
  Query query(call.request);
  finops::LedgerQuery wanted;
  wanted.use_case = query.text("use_case");
  wanted.team = query.text("team");
  wanted.user = query.text("user");
  wanted.model = query.text("model");
  wanted.status = query.text("status");
  wanted.from = query.time("from");
  wanted.to = query.time("to");
  wanted.cursor = query.cursor();
  wanted.limit = query.limit();
  if (auto ok = query.check(); !ok) return pass(ok);
  const auto page = parts.accounts->list(wanted);
  if (!page) return std::unexpected(page.error());
  json::array items;
  for (const auto& row : page->rows) items.push_back(summary_json(row));
  return page_answer(std::move(items), page->next_cursor);
}

Result<Response> get_trace(const TraceParts& parts, const Call& call) {
  auto id = Id::parse(call.parameter("id"));
  if (!id) return pass(id);
  const auto trace = parts.traces->load(*id);
  if (!trace) return std::unexpected(trace.error());
  std::string text;
  telemetry::append_json(text, *trace);
  auto body = parse_json_object(text);
  if (!body) return pass(body);
  const auto outcomes = parts.outcomes->of_trace(*id);
  if (!outcomes) return std::unexpected(outcomes.error());
  json::array recorded;
  for (const auto& outcome : *outcomes) recorded.push_back(outcome_json(outcome));
  (*body)["outcomes"] = std::move(recorded);
  return json_answer(json::value(std::move(*body)));
}

}  // namespace

Routes trace_routes(const TraceParts& parts) {
  using enum io::http::Method;
  return {
      row(Get, "/api/v1/traces", Access::Viewer, list_traces, parts),
      row(Get, "/api/v1/traces/{id}", Access::Viewer, get_trace, parts),
  };
}

}  // namespace millwright::api
