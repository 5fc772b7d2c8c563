// Batches of everybody: what waits, how far it has come, and stopping it.
#include "api/admin/groups.hpp"
#include "api/answer.hpp"
#include "api/fields.hpp"
#include "features/batches/batches.hpp"

namespace millwright::api {

namespace {

using io::http::Response;

json::object shown(const batches::Batch& batch) {
  auto object = batches::to_json(batch);
  object["owner"] = batch.owner;
  return object;
}

Result<Response> list_batches(const BatchParts& parts, const Call& call) {
  Query query(call.request);
  const auto limit = query.limit();
  const auto cursor = query.cursor();
  if (auto ok = query.check(); !ok) return pass(ok);
  auto page = parts.batches->list({}, cursor, limit);
  if (!page) return pass(page);
  json::array items;
  for (const auto& batch : page->batches) items.push_back(shown(batch));
  return page_answer(std::move(items), page->has_more ? std::string_view(page->batches.back().id) : std::string_view());
}

Result<Response> show_batch(const BatchParts& parts, const Call& call) {
  auto batch = parts.batches->load(call.parameter("id"), {});
  if (!batch) return pass(batch);
  return json_answer(shown(*batch));
}

Result<void> record(const BatchParts& parts, const Call& call, std::string_view action, const batches::Batch& batch) {
  audit::Entry entry;
  entry.actor = call.caller.name;
  entry.action = action;
  entry.object = "batch/" + batch.id;
  entry.detail = {{"owner", batch.owner}, {"endpoint", batch.endpoint}, {"key", batch.caller.key}};
  auto recorded = parts.audit->record(std::move(entry));
  if (!recorded) return pass(recorded);
  return {};
}

Result<Response> cancel_batch(const BatchParts& parts, const Call& call) {
  auto batch = parts.batches->cancel(call.parameter("id"), {});
  if (!batch) return pass(batch);
  if (auto recorded = record(parts, call, "batch.cancel", *batch); !recorded) return pass(recorded);
  return json_answer(shown(*batch));
}

Result<gateway::Caller> caller_of(const BatchParts& parts, const std::string& key) {
  auto keys = parts.keys->list();
  if (!keys) return pass(keys);
  const auto ring = parts.keys->ring();
  for (const auto& known : *keys) {
    const bool is_meant = known.principal.key_name == key || known.principal.key_id.text() == key;
    const auto* principal = is_meant && !known.revoked_at ? ring->find(known.principal.key_id) : nullptr;
    if (principal == nullptr) continue;
    gateway::Caller caller;
    caller.principal = std::shared_ptr<const identity::Principal>(ring, principal);
    caller.groups = principal->groups;
    caller.user = principal->user;
    return caller;
  }
  auto error = fail(ErrorCode::NotFound, "there is no key \"{}\" in force", key);
  error.error().where.field = "key";
  return error;
}

/// The lines are called with the rights, limits and budget of a key that exists: an administrator has none of his own.
Result<Response> create_batch(const BatchParts& parts, const Call& call) {
  Query query(call.request);
  const auto key = query.required("key");
  batches::NewBatch batch;
  batch.endpoint = query.text("endpoint");
  if (batch.endpoint.empty()) batch.endpoint = "/v1/chat/completions";
  if (const auto window = query.text("window"); !window.empty()) batch.window = window;
  if (auto ok = query.check(); !ok) return pass(ok);
  auto time = parse_duration(batch.window);
  if (!time) {
    time.error().where.field = "window";
    return pass(time);
  }
  batch.time = *time;
  if (call.request.body.empty()) return fail(ErrorCode::InvalidInput, "the body is empty: send the lines of the batch");
  auto caller = caller_of(parts, key);
  if (!caller) return pass(caller);
  auto file = parts.batches->files().make(gateway::response_scope(*caller));
  auto written = file->writer.write(call.request.body);
  if (!written) return pass(written);
  auto kept = parts.batches->files().keep(*file, "batch", "input.jsonl", {});
  if (!kept) return pass(kept);
  batch.caller = std::move(*caller);
  batch.input_file = kept->id;
  auto made = parts.batches->create(std::move(batch));
  if (!made) return pass(made);
  if (auto recorded = record(parts, call, "batch.create", *made); !recorded) return pass(recorded);
  return created(shown(*made));
}

}  // namespace

Routes batch_routes(const BatchParts& parts) {
  using enum io::http::Method;
  return {
      row(Get, "/api/v1/batches", Access::Viewer, list_batches, parts),
      row(Post, "/api/v1/batches", Access::Admin, create_batch, parts),
      row(Get, "/api/v1/batches/{id}", Access::Viewer, show_batch, parts),
      row(Post, "/api/v1/batches/{id}/cancel", Access::Owner, cancel_batch, parts),
  };
}

}  // namespace millwright::api
