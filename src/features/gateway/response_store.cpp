#include "features/gateway/response_store.hpp"

#include "base/text.hpp"
#include "features/gateway/gateway_sql.hpp"

namespace millwright::gateway {
namespace {

constexpr std::size_t depth_max = 96;  // a request's own depth and the frames around it

std::string context_of(std::string_view id, std::string_view scope) { return fmt::format("response:{}:{}", id, scope); }

std::unexpected<Error> not_found(std::string_view id) {
  auto error = fail(ErrorCode::NotFound, "there is no response \"{}\"", utf8_prefix(id, 80));
  error.error().where.field = "response_id";
  error.error().fix = "It was not stored, has been deleted, is past its retention, or is another's.";
  return error;
}

bool is_running(std::string_view status) { return status == "queued" || status == "in_progress"; }

/// The row's status is the truth; the sealed text only knows how it was when it was written.
void apply_status(StoredResponse& record) {
  if (record.status == "interrupted") {
    record.status = "failed";
    record.response["error"] = json::object{{"code", "server_error"},
                                            {"message", "The server was restarted before this response was complete."}};
  }
  record.response["status"] = record.status;
}

/// Output a conversation can go on from: calls that were cut off are none.
void append_output(json::array& items, const json::object& response) {
  const auto* output = find_member(response, "output");
  if (output == nullptr || !output->is_array()) return;
  for (const auto& item : output->get_array()) {
    if (!item.is_object()) continue;
    const auto& object = item.get_object();
    if (string_member(object, "type") == "function_call" && string_member(object, "status") == "incomplete") continue;
    items.push_back(item);
  }
}

}  // namespace

std::string response_scope(const Caller& caller) {
  const auto& principal = *caller.principal;
  json::array scope{principal.team, caller.user, principal.use_case};
  if (principal.team.empty()) scope.push_back(json::value(principal.key_id.text()));
  return json::serialize(scope);
}

Result<std::string> ResponseStore::seal(const StoredResponse& record, std::string_view scope) const {
  const auto text = json::serialize(json::object{{"input", record.input}, {"response", record.response}});
  if (text.size() > bytes_max) {
    return fail(ErrorCode::TooLarge, "a response of {} cannot be stored, {} at most", render_size(text.size()),
                render_size(bytes_max));
  }
  auto sealed = parts_.vault->seal(text, context_of(record.id, scope));
  if (!sealed) return pass(sealed);
  return to_base64(*sealed);
}

io::Task<Result<bool>> ResponseStore::change(const store::Statement& statement, store::Values values) {
  auto changed = std::make_shared<std::int64_t>(0);
  auto job = [statement, values = std::move(values), changed](store::Session& session) -> Result<void> {
    auto count = session.execute(statement, values);
    if (!count) return pass(count);
    *changed = *count;
    return {};
  };
  auto committed = co_await parts_.writer->commit(std::move(job));
  if (!committed) co_return pass(committed);
  co_return *changed > 0;
}

io::Task<Result<void>> ResponseStore::insert(StoredResponse record, std::string scope) {
  auto kept = std::make_shared<const StoredResponse>(std::move(record));
  auto work = [this, kept, scope]() { return seal(*kept, scope); };
  auto sealed = co_await io::run_blocking(parts_.runtime->blocking(), std::move(work));
  if (!sealed) co_return pass(sealed);
  store::Values values{kept->id,          scope, kept->previous, kept->status, parts_.node, to_micros(kept->created),
                       std::move(*sealed)};
  auto inserted = co_await change(sql::insert_response, std::move(values));
  if (!inserted) co_return pass(inserted);
  co_return Result<void>();
}

io::Task<Result<bool>> ResponseStore::finish(StoredResponse record, std::string scope) {
  auto kept = std::make_shared<const StoredResponse>(std::move(record));
  auto work = [this, kept, scope]() { return seal(*kept, scope); };
  auto sealed = co_await io::run_blocking(parts_.runtime->blocking(), std::move(work));
  if (!sealed) co_return pass(sealed);
  store::Values values{kept->status, std::move(*sealed), kept->id, scope};
  auto finished = co_await change(sql::finish_response, std::move(values));
  co_return finished;
}

io::Task<Result<bool>> ResponseStore::start(std::string id, std::string scope) {
  auto started = co_await change(sql::start_response, {std::move(id), std::move(scope)});
  co_return started;
}

io::Task<Result<bool>> ResponseStore::cancel(std::string id, std::string scope) {
  auto cancelled = co_await change(sql::cancel_response, {std::move(id), std::move(scope)});
  co_return cancelled;
}

io::Task<Result<bool>> ResponseStore::remove(std::string id, std::string scope) {
  auto removed = co_await change(sql::remove_response, {std::move(id), std::move(scope)});
  co_return removed;
}

Result<StoredResponse> ResponseStore::load_blocking(store::Session& session, const std::string& id,
                                                    const std::string& scope) const {
  auto rows = session.query(sql::find_response, {id, scope});
  if (!rows) return pass(rows);
  if (rows->empty()) return not_found(id);
  const auto& row = rows->front();
  auto sealed = from_base64(row.text(3));
  if (!sealed) return fail(ErrorCode::Corrupt, "the stored response {} is no base64", id);
  auto text = parts_.vault->unseal(*sealed, context_of(id, scope));
  if (!text) return pass(text);
  auto body = parse_json_object(*text, {bytes_max, depth_max});
  if (!body) return fail(ErrorCode::Corrupt, "the stored response {} cannot be read: {}", id, body.error().message);
  StoredResponse record;
  record.id = id;
  record.previous = row.text(0);
  record.status = row.text(1);
  record.created = row.time(2);
  if (auto* input = body->if_contains("input"); input != nullptr && input->is_array()) {
    record.input = std::move(input->get_array());
  }
  if (auto* response = body->if_contains("response"); response != nullptr && response->is_object()) {
    record.response = std::move(response->get_object());
  }
  apply_status(record);
  return record;
}

io::Task<Result<StoredResponse>> ResponseStore::load(std::string id, std::string scope) {
  auto work = [this, id = std::move(id), scope = std::move(scope)]() -> Result<StoredResponse> {
    Result<StoredResponse> loaded = not_found(id);
    auto read = parts_.database->read([&](store::Session& session) -> Result<void> {
      loaded = load_blocking(session, id, scope);
      return {};
    });
    if (!read) return pass(read);
    return loaded;
  };
  auto loaded = co_await io::run_blocking(parts_.runtime->blocking(), std::move(work));
  co_return loaded;
}

Result<json::array> ResponseStore::conversation_blocking(const std::string& id, const std::string& scope) const {
  std::vector<StoredResponse> chain;  // newest first
  std::size_t bytes = 0;
  auto read = parts_.database->read([&](store::Session& session) -> Result<void> {
    for (std::string next = id; !next.empty();) {
      if (chain.size() == conversation_length_max) {
        return fail(ErrorCode::TooLarge, "the conversation is longer than {} responses", conversation_length_max);
      }
      auto record = load_blocking(session, next, scope);
      if (!record) return pass(record);
      if (is_running(record->status)) {
        return fail(ErrorCode::Conflict, "the response {} is not complete yet ({})", next, record->status);
      }
      if (record->status == "failed" || record->status == "cancelled") {
        return fail(ErrorCode::InvalidInput, "the response {} was {} and cannot be continued", next, record->status);
      }
      bytes += json::serialize(record->input).size();
      if (bytes > conversation_bytes_max) {
        return fail(ErrorCode::TooLarge, "the conversation is larger than {}", render_size(conversation_bytes_max));
      }
      next = record->previous;
      chain.push_back(std::move(*record));
    }
    return {};
  });
  if (!read) return pass(read);
  json::array items;
  for (auto record = chain.rbegin(); record != chain.rend(); ++record) {
    for (auto& item : record->input) items.push_back(std::move(item));
    append_output(items, record->response);
  }
  return items;
}

io::Task<Result<json::array>> ResponseStore::conversation(std::string id, std::string scope) {
  auto work = [this, id = std::move(id), scope = std::move(scope)]() { return conversation_blocking(id, scope); };
  auto items = co_await io::run_blocking(parts_.runtime->blocking(), std::move(work));
  if (!items) items.error().where.field = "previous_response_id";
  co_return items;
}

Result<void> ResponseStore::mark_interrupted() {
  return parts_.writer->run([node = parts_.node](store::Session& session) -> Result<void> {
    auto marked = session.execute(sql::interrupt_responses, {node});
    if (!marked) return pass(marked);
    return {};
  });
}

Result<std::int64_t> ResponseStore::drop_before(Timestamp time) {
  std::int64_t dropped = 0;
  auto ran = parts_.writer->run([&dropped, before = to_micros(time)](store::Session& session) -> Result<void> {
    auto count = session.execute(sql::drop_responses, {before});
    if (!count) return pass(count);
    dropped = *count;
    return {};
  });
  if (!ran) return pass(ran);
  return dropped;
}

std::span<const store::Migration> migrations() { return sql::migrations; }

}  // namespace millwright::gateway
