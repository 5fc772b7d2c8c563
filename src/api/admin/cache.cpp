// Caches: how well the semantic one judges, the samples that says so, labels of people, and emptying them.
#include "api/admin/groups.hpp"
#include "api/admin/shapes.hpp"
#include "api/answer.hpp"
#include "api/fields.hpp"
#include "features/audit/audit.hpp"
#include "features/gateway/gateway.hpp"

namespace millwright::api {
namespace {

using io::http::Response;

Result<gateway::SemanticStore*> store_of(const CacheParts& parts) {
  auto* store = parts.gateway->semantic_store();
  if (store == nullptr) return fail(ErrorCode::Unavailable, "nothing keeps samples of the semantic cache");
  return store;
}

Result<void> record(const CacheParts& parts, const Call& call, std::string action, std::string object,
                    json::object detail) {
  audit::Entry entry;
  entry.actor = call.caller.name;
  entry.action = std::move(action);
  entry.object = std::move(object);
  entry.detail = std::move(detail);
  auto recorded = parts.audit->record(std::move(entry));
  if (!recorded) return pass(recorded);
  return {};
}

/// `from`, `to` and `use_case`: all that is kept when absent.
Result<gateway::SemanticWindow> read_window(const CacheParts& parts, Query& query) {
  gateway::SemanticWindow window;
  window.from = query.time("from").value_or(Timestamp{});
  window.to = query.time("to").value_or(parts.clock->now() + std::chrono::hours(1));
  window.use_case = query.text("use_case");
  if (window.use_case.empty()) return window;
  if (auto known = load_use_case(*parts.gateway, window.use_case); !known) return std::unexpected(known.error());
  return window;
}

Result<Response> get_report(const CacheParts& parts, const Call& call) {
  auto store = store_of(parts);
  if (!store) return pass(store);
  Query query(call.request);
  auto window = read_window(parts, query);
  const auto precision = static_cast<int>(query.integer("precision_percent", 50, 99, 95));
  if (auto ok = query.check(); !ok) return pass(ok);
  if (!window) return pass(window);
  const auto state = parts.gateway->state();
  auto items = gateway::report_semantic_cache(**store, state->config, {*window, precision});
  if (!items) return pass(items);
  json::value since = nullptr;
  for (const auto& item : *items) {
    const auto& first = item.get_object().at("since");
    if (first.is_string() && (since.is_null() || first.get_string() < since.get_string())) since = first;
  }
  return json_answer(json::object{{"since", std::move(since)}, {"items", std::move(*items)}});
}

Result<Response> list_samples(const CacheParts& parts, const Call& call) {
  auto store = store_of(parts);
  if (!store) return pass(store);
  Query query(call.request);
  auto window = read_window(parts, query);
  const auto limit = query.limit();
  if (auto ok = query.check(); !ok) return pass(ok);
  if (!window) return pass(window);
  auto samples = (*store)->samples(*window, limit);
  if (!samples) return pass(samples);
  json::array items;
  for (const auto& sample : *samples) items.push_back(gateway::to_json(sample));
  return page_answer(std::move(items));
}

Result<Id> trace_of(const Call& call) {
  auto trace = Id::parse(call.parameter("trace"));
  if (trace) return trace;
  auto error = fail(ErrorCode::InvalidInput, "this is no id of a call");
  error.error().where.field = "trace";
  return error;
}

/// With its texts: a read of content, which is recorded.
Result<Response> get_sample(const CacheParts& parts, const Call& call) {
  auto store = store_of(parts);
  if (!store) return pass(store);
  auto trace = trace_of(call);
  if (!trace) return pass(trace);
  auto loaded = (*store)->load(*trace);
  if (!loaded) return pass(loaded);
  auto shown = gateway::to_json(loaded->first);
  shown["texts"] = nullptr;
  if (const auto& texts = loaded->second) {
    if (auto ok = record(parts, call, "cache_sample.read", "cache_sample/" + trace->text(), {}); !ok) return pass(ok);
    shown["texts"] = json::object{{"question", texts->question},
                                  {"answer", texts->answer},
                                  {"original_question", texts->original_question},
                                  {"original_answer", texts->original_answer}};
  }
  return json_answer(std::move(shown));
}

Result<Response> label_sample(const CacheParts& parts, const Call& call) {
  auto store = store_of(parts);
  if (!store) return pass(store);
  auto trace = trace_of(call);
  if (!trace) return pass(trace);
  Body body(call.request, {"label"});
  const auto label = body.text("label");
  if (auto ok = body.check(); !ok) return pass(ok);
  if (label != "same" && label != "different" && label != "none") {
    auto error = fail(ErrorCode::InvalidInput, "a label is same, different or none");
    error.error().where.field = "label";
    return error;
  }
  if (auto known = (*store)->load(*trace); !known) return pass(known);
  auto recorded = record(parts, call, "cache_sample.label", "cache_sample/" + trace->text(), {{"label", label}});
  if (!recorded) return pass(recorded);
  const auto wanted = label == "none" ? std::nullopt : std::optional(label == "same");
  auto labelled = (*store)->label(*trace, wanted, call.caller.name);
  if (!labelled) return pass(labelled);
  auto loaded = (*store)->load(*trace);
  if (!loaded) return pass(loaded);
  return json_answer(gateway::to_json(loaded->first));
}

Result<Response> purge(const CacheParts& parts, const Call& call) {
  Body body(call.request, {"use_case"});
  const auto use_case = body.text_or("use_case", {});
  if (auto ok = body.check(); !ok) return pass(ok);
  if (!use_case.empty()) {
    if (auto known = load_use_case(*parts.gateway, use_case); !known) return std::unexpected(known.error());
  }
  auto recorded = record(parts, call, "cache.purge", use_case.empty() ? "cache" : "use_case/" + use_case, {});
  if (!recorded) return pass(recorded);
  const auto purged = parts.gateway->purge_caches(use_case);
  return json_answer(
      json::object{{"use_case", text_or_null(use_case)}, {"exact", purged.exact}, {"semantic", purged.semantic}});
}

}  // namespace

Routes cache_routes(const CacheParts& parts) {
  using enum io::http::Method;
  return {
      row(Get, "/api/v1/cache", Access::Viewer, get_report, parts),
      row(Get, "/api/v1/cache/samples", Access::Viewer, list_samples, parts),
      row(Get, "/api/v1/cache/samples/{trace}", Access::Owner, get_sample, parts),
      row(Post, "/api/v1/cache/samples/{trace}/label", Access::Owner, label_sample, parts),
      row(Post, "/api/v1/cache/purge", Access::Owner, purge, parts),
  };
}

}  // namespace millwright::api
