#include "api/openai/response_calls.hpp"

#include "api/openai/response_references.hpp"
#include "api/openai/surface.hpp"
#include "base/text.hpp"

namespace millwright::api::openai {
namespace {

Result<ResponsesRequest> read_body(const io::http::Request& http) {
  auto body = parse_json_object(http.body, {}, JsonMemory::Pooled);
  if (!body) {
    if (body.error().where.source.empty()) body.error().where.source = "request body";
    return pass(body);
  }
  auto request = parse_responses_request(std::move(*body));
  if (!request) return pass(request);
  if (request->is_stored && http.body.size() > gateway::ResponseStore::bytes_max / 2) {
    auto error = fail(ErrorCode::TooLarge, "a request of {} is too large to be stored", render_size(http.body.size()));
    error.error().where.field = "store";
    error.error().fix = "Send store: false.";
    return error;
  }
  return request;
}

}  // namespace

io::Task<Result<ResponseCall>> read_response_call(Parts parts, const io::http::Request& http) {
  auto caller = read_caller(http, parts);
  if (!caller) co_return pass(caller);
  auto request = read_body(http);
  if (!request) co_return pass(request);
  ResponseCall call;
  call.request = std::move(*request);
  call.scope = gateway::response_scope(*caller);
  json::array before;
  if (!call.request.previous_response.empty()) {
    auto found = co_await parts.responses->conversation(call.request.previous_response, call.scope);
    if (!found) co_return pass(found);
    before = std::move(*found);
  }
  auto resolved = co_await resolve_references(parts, call.scope, call.request.input);
  if (!resolved) co_return pass(resolved);
  auto body = chat_of(call.request, before);
  if (!body) co_return pass(body);
  auto chat = gateway::parse_chat_request(std::move(*body));
  if (!chat) co_return pass(chat);
  take_over(call.chat.request, std::move(*chat));
  call.chat.request.wants_usage = true;  // a response always says what it used
  call.chat.caller = std::move(*caller);
  call.chat.is_dry_run = http.headers.find("x-millwright-dry-run") == "1";
  call.chat.surface = call.request.is_streamed ? "responses.stream" : "responses";
  if (call.chat.is_dry_run) call.chat.request.is_streamed = call.request.is_streamed = false;
  call.created = parts.clock->now();
  const auto tag = Id::generate_at(call.created).text();
  number_items(call.request.input, tag);
  call.frame.id = "resp_" + tag;
  call.frame.created_at = seconds_of(call.created);
  call.frame.model = call.request.model;
  call.frame.shown = call.request.shown;
  call.frame.shows_encrypted_reasoning = call.request.shows_encrypted_reasoning;
  co_return call;
}

gateway::StoredResponse record_of(const ResponseCall& call, const json::object& response) {
  gateway::StoredResponse record;
  record.id = call.frame.id;
  record.previous = call.request.previous_response;
  record.status = string_member(response, "status");
  record.created = call.created;
  record.input = call.request.input;
  record.response = response;
  return record;
}

json::object failure_of(const gateway::ChatOutcome& outcome) {
  const auto& error = *outcome.error;
  auto body =
      json::parse(error_json(error, outcome.error_from_provider, outcome.trace.id.text())).at("error").as_object();
  const bool is_ours = meaning(error.code).http_status >= 500;
  return {{"code", is_ours ? json::value("server_error") : body["code"]},
          {"message", body["message"]},
          {"millwright", body["millwright"]}};
}

void build_whole(ResponseBuilder& builder, const gateway::ChatOutcome& outcome, Timestamp now) {
  if (outcome.error) {
    builder.end_failed(failure_of(outcome));
    return;
  }
  auto completion = parse_json_object(outcome.body, {64u << 20, 128});
  if (!completion) {
    builder.end_failed({{"code", "server_error"}, {"message", completion.error().message}});
    return;
  }
  builder.feed_whole(std::move(*completion));
  builder.end(seconds_of(now));
}

std::string response_id_of(const io::http::Request& http) {
  const auto parts = split(http.path, '/');  // "", "v1", "responses", id, …
  return parts.size() > 3 ? std::string(parts[3]) : std::string();
}

io::http::Response response_answer(const json::object& response, std::string_view request_id) {
  io::http::Response answer;
  answer.headers.set("Content-Type", "application/json");
  answer.headers.set("x-request-id", std::string(request_id));
  answer.body = json::serialize(response);
  return answer;
}

io::Task<void> send_result(io::http::Exchange& exchange, Result<io::http::Response> result) {
  auto response = result ? std::move(*result) : error_response(result.error(), false, Id::generate().text());
  auto sent = co_await exchange.send(std::move(response));
  (void)sent;  // the caller has gone
}

}  // namespace millwright::api::openai
