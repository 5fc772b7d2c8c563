// Asking a use case from the console or the command line: the same gateway path as every application, with the caller's
// own identity; whole or streamed.
#include "api/admin/groups.hpp"
#include "api/admin/shapes.hpp"
#include "api/answer.hpp"
#include "api/fields.hpp"
#include "api/problem.hpp"

namespace millwright::api {

namespace {

using io::http::Exchange;
using io::http::Response;

std::unexpected<Error> refuse(std::string message, std::string field) {
  Error error;
  error.code = ErrorCode::Forbidden;
  error.message = std::move(message);
  error.where.field = std::move(field);
  error.rule = "ask.on_behalf";
  error.fix = "leave the field out, or ask an administrator";
  return std::unexpected(std::move(error));
}

/// A person has no key: they call as themselves, on the account of the use case's owner.
std::shared_ptr<const identity::Principal> principal_of_person(const Caller& caller,
                                                               const gateway::UseCaseConfig& use_case) {
  auto principal = std::make_shared<identity::Principal>();
  principal->key_name = "console";
  principal->use_case = use_case.name;
  principal->team = use_case.owner;
  principal->environment = use_case.environment.empty() ? "production" : use_case.environment;
  if (caller.signed_in) {
    principal->user = caller.signed_in->user.name;
    principal->groups = caller.signed_in->user.groups;
    std::ranges::sort(principal->groups);
  } else {
    principal->user = caller.name;
  }
  return principal;
}

Result<gateway::Caller> caller_of(const Call& call, const gateway::UseCaseConfig& use_case, const std::string& user,
                                  std::vector<std::string> groups) {
  gateway::Caller caller;
  if (call.caller.kind == api::Caller::Kind::Key) {
    caller.principal = call.caller.principal;
    if (!groups.empty()) return refuse("a key's groups are fixed", "groups");
    caller.user = user.empty() ? caller.principal->user : user;
    caller.groups = caller.principal->groups;
  } else {
    caller.principal = principal_of_person(call.caller, use_case);
    const bool is_admin = call.caller.is_at_least(identity::Role::Admin);
    const bool is_other = !user.empty() && user != caller.principal->user;
    if (!is_admin && is_other) return refuse("only administrators ask as somebody else", "user");
    if (!is_admin && !groups.empty()) return refuse("only administrators choose groups", "groups");
    caller.user = is_other ? user : caller.principal->user;
    // Somebody else's question is not answered with the administrator's own groups.
    caller.groups = !groups.empty() ? std::move(groups) : is_other ? std::vector<std::string>() : caller.principal->groups;
  }
  caller.environment = caller.principal->environment;
  return caller;
}

Result<gateway::ChatCall> read_call(const AskParts& parts, const Call& call) {
  const auto use_case = load_use_case(*parts.gateway, call.parameter("name"));
  if (!use_case) return std::unexpected(use_case.error());
  Body body(call.request, {"question", "user", "groups", "session", "stream"});
  const auto question = body.text("question");
  const auto user = body.text_or("user", {});
  auto groups = body.texts("groups");
  const auto session = body.text_or("session", {});
  const bool is_streamed = body.flag("stream");
  if (auto ok = body.check(); !ok) return pass(ok);
  json::object chat{{"model", use_case->name},
                    {"messages", json::array{json::object{{"role", "user"}, {"content", question}}}}};
  if (is_streamed) chat["stream"] = true;
  auto request = gateway::parse_chat_request(std::move(chat));
  if (!request) return pass(request);
  auto caller = caller_of(call, *use_case, user, std::move(groups));
  if (!caller) return pass(caller);
  gateway::ChatCall result;
  result.caller = std::move(*caller);
  result.caller.session = session;
  result.request = std::move(*request);
  result.surface = "ask";
  return result;
}

json::object answer_json(const gateway::ChatOutcome& outcome) {
  const auto& trace = outcome.trace;
  json::array citations;
  for (const auto& citation : outcome.citations) citations.push_back(citation_json(citation));
  return {{"trace", trace.id.text()},
          {"status", telemetry::status_name(trace.status)},
          {"text", outcome.text},
          {"citations", std::move(citations)},
          {"model", trace.model},
          {"provider", trace.provider},
          {"release", trace.release},
          {"prompt_version", trace.prompt_version},
          {"cache", trace.cache.empty() ? "off" : trace.cache},
          {"tokens", token_counts_json(trace.tokens)},
          {"cost_usd", money_json(trace.cost)},
          {"duration_us", trace.duration_us},
          {"decisions", decisions_json(trace.decisions)},
          {"error", outcome.error ? json::value(fault_json(*outcome.error)) : json::value(nullptr)}};
}

/// Passes the chunks on as server-sent events.
class EventSink final : public gateway::ChunkSink {
 public:
  EventSink(Exchange& exchange, std::string request_id) : exchange_(exchange), request_id_(std::move(request_id)) {}

  io::Task<Result<void>> begin(const telemetry::Trace&) override {
    auto started = co_await start();
    co_return started;
  }
  io::Task<Result<void>> chunk(std::string_view json_text) override {
    const auto event = fmt::format("data: {}\n\n", json_text);
    auto written = co_await exchange_.write(event);
    co_return written;
  }
  io::Task<Result<void>> start() {
    if (exchange_.has_started()) co_return Result<void>();
    Response head;
    head.headers.set("content-type", "text/event-stream");
    head.headers.set("cache-control", "no-store");
    head.headers.set("x-request-id", request_id_);
    auto started = co_await exchange_.start_stream(std::move(head));
    co_return started;
  }

 private:
  Exchange& exchange_;
  std::string request_id_;
};

io::Task<void> send(Exchange& exchange, Response response, std::string request_id) {
  response.headers.set("x-request-id", std::move(request_id));
  auto sent = co_await exchange.send(std::move(response));
  (void)sent;   // a client that has gone needs no answer
}

io::Task<void> ask_streamed(const AskParts& parts, Exchange& exchange, gateway::ChatCall chat, std::string request_id) {
  EventSink sink(exchange, request_id);
  chat.sink = &sink;
  const auto outcome = co_await parts.gateway->chat(std::move(chat));
  auto started = co_await sink.start();
  if (!started) co_return;
  const auto last = fmt::format("event: answer\ndata: {}\n\n", json::serialize(answer_json(outcome)));
  auto written = co_await exchange.write(last);
  if (!written) co_return;
  auto finished = co_await exchange.finish_stream();
  (void)finished;
}

io::Task<void> ask(const AskParts& parts, Exchange& exchange, const Call& call) {
  auto chat = read_call(parts, call);
  if (!chat) {
    co_await send(exchange, problem(chat.error(), call.request_id), call.request_id);
    co_return;
  }
  chat->on_client_gone = [&exchange](std::function<void()> gone) { exchange.on_client_gone(std::move(gone)); };
  if (chat->request.is_streamed) {
    co_await ask_streamed(parts, exchange, std::move(*chat), call.request_id);
    co_return;
  }
  const auto outcome = co_await parts.gateway->chat(std::move(*chat));
  co_await send(exchange, json_answer(answer_json(outcome)), call.request_id);
}

}  // namespace

Routes ask_routes(const AskParts& parts) {
  return {{io::http::Method::Post, "/api/v1/use-cases/{name}/ask", Access::Key,
           StreamingHandler([parts](Exchange& exchange, const Call& call) { return ask(parts, exchange, call); })}};
}

}  // namespace millwright::api
