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
          {"original_cost_usd", money_json(row.original_cost)},
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

json::object feedback_json(const telemetry::Feedback& feedback) {
  return {{"trace", feedback.trace.text()},
          {"score", feedback.score},
          {"comment", feedback.comment},
          {"user", feedback.user},
          {"time", render_time(feedback.time)}};
}

/// Applications speak for their users; people for themselves.
Result<Response> give_feedback(const TraceParts& parts, const Call& call) {
  Body body(call.request, {"trace", "score", "comment", "user"});
  const auto trace_text = body.text("trace");
  const auto score = body.integer("score", -1, 1);
  const auto comment = body.text_or("comment", {});
  auto user = body.text_or("user", {});
  if (auto ok = body.check(); !ok) return pass(ok);
  auto trace = Id::parse(trace_text);
  if (!trace) return pass(trace);
  std::string use_case;
  if (call.caller.principal) {
    use_case = call.caller.principal->use_case;
    if (user.empty()) user = call.caller.principal->user.empty() ? call.caller.name : call.caller.principal->user;
  } else {
    user = call.caller.signed_in ? call.caller.signed_in->user.name : call.caller.name;
  }
  const auto feedback = parts.feedback->record(*trace, use_case, static_cast<int>(score), comment, user);
  if (!feedback) return std::unexpected(feedback.error());
  return created(feedback_json(*feedback));
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
  const auto feedback = parts.feedback->of_trace(*id);
  if (!feedback) return std::unexpected(feedback.error());
  json::array said;
  for (const auto& one : *feedback) said.push_back(feedback_json(one));
  (*body)["feedback"] = std::move(said);
  return json_answer(json::value(std::move(*body)));
}

}  // namespace

Routes trace_routes(const TraceParts& parts) {
  using enum io::http::Method;
  return {
      row(Get, "/api/v1/traces", Access::Viewer, list_traces, parts),
      row(Get, "/api/v1/traces/{id}", Access::Viewer, get_trace, parts),
      row(Post, "/api/v1/feedback", Access::Key, give_feedback, parts),
  };
}

}  // namespace millwright::api
