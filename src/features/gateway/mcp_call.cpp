#include "features/gateway/mcp_call.hpp"

#include <algorithm>
#include <exception>

#include <spdlog/spdlog.h>

#include "base/digest.hpp"
#include "base/text.hpp"
#include "io/sse/sse.hpp"

namespace millwright::gateway {
namespace {

constexpr std::size_t answer_bytes_max = 32u << 20;
constexpr Duration stream_idle{600'000};  // of a stream that only listens
constexpr std::size_t tag_length = 32;
constexpr std::string_view event_stream = "text/event-stream";

std::unexpected<Error> forbidden(std::string message, std::string rule, std::string fix) {
  auto error = fail(ErrorCode::Forbidden, "{}", message);
  error.error().rule = std::move(rule);
  error.error().fix = std::move(fix);
  return error;
}

}  // namespace

McpRelay::McpRelay(Gateway::State& shared, McpCall call)
    : shared_(shared), call_(std::move(call)), billed_(shared, call_.caller, "mcp") {}

io::Task<McpOutcome> McpRelay::run() {
  if (call_.on_client_gone) {
    call_.on_client_gone([state = &billed_.cancellation]() { state->cancel(); });
  }
  Result<void> served;
  try {
    served = co_await serve();
  } catch (const std::exception& e) {
    spdlog::error("call {} ended in an exception: {}", billed_.trace.id.text(), e.what());
    served = fail(ErrorCode::Internal, "the gateway failed (error id {})", billed_.trace.id.text());
  }
  if (!served)
    billed_.fail(std::move(served.error()));
  else
    billed_.note_status(status_);
  if (!verdict_.findings.empty()) {
    json::object findings;
    for (const auto& [type, count] : verdict_.findings) findings[type] = count;
    billed_.trace.decisions.push_back(
        {"guard.output", std::string(policy::action_name(verdict_.action)), "guard", json::serialize(findings)});
  }
  if (leaves_row()) {
    finops::Usage used;
    // Cut short, nobody knows whether the tool ran: it is paid for.
    const bool never_arrived = billed_.error() && (billed_.error()->code == ErrorCode::Unavailable ||
                                                   billed_.error()->code == ErrorCode::Forbidden);
    const bool is_unknown = was_sent_ && message_.is_call() && billed_.error() && !never_arrived &&
                            (status_ == 0 || status_ / 100 == 2) && !has_result_;
    if (has_result_ || is_unknown) used.tokens.tool_requests = 1;
    used.is_estimated = is_unknown;
    auto settled = co_await billed_.settle(used, nullptr);
    if (!settled) billed_.fail(std::move(settled.error()));
  }
  McpOutcome outcome;
  outcome.error = billed_.error();
  outcome.error_from_provider = is_provider_fault_;
  outcome.rates = billed_.rates;
  outcome.id = message_.id;
  outcome.is_answered = is_answered_;
  outcome.trace = std::move(billed_.trace);
  co_return outcome;
}

/// Requests and refusals; no notification, and no stream that only listened until its client left.
bool McpRelay::leaves_row() const {
  const bool has_left = was_sent_ && billed_.error() && billed_.error()->code == ErrorCode::Cancelled;
  return !message_.id.is_null() || (billed_.error() && !has_left);
}

io::Task<Result<void>> McpRelay::serve() {
  for (const auto stage : {&McpRelay::admit, &McpRelay::check_session, &McpRelay::read_message}) {
    auto passed = (this->*stage)();
    if (!passed) co_return passed;
  }
  auto flows = billed_.check_flow(server_->config.facts);
  if (!flows) {
    is_answered_ = !message_.id.is_null();
    co_return flows;
  }
  if (message_.is_call()) {
    billed_.note_tool();
    price_ = finops::flat_price(server_->config.price_per_call, "mcp:" + server_->config.name);
    auto reserved =
        co_await billed_.reserve(message_.tool, billed_.trace.provider, price_, server_->config.price_per_call);
    if (!reserved) co_return reserved;
  }
  auto exchanged = co_await exchange();
  co_return exchanged;
}

Result<void> McpRelay::admit() {
  billed_.trace.provider = "mcp:" + std::string(utf8_prefix(call_.server, 64));
  auto resolved = billed_.resolve(call_.use_case);
  if (!resolved) return resolved;
  auto real = BilledCall::check_dry_run(call_.headers);
  if (!real) return real;
  auto rated = billed_.take_limits(static_cast<std::int64_t>(call_.body.size()) + 1);
  if (!rated) return rated;
  const auto found = billed_.config().mcp_servers.find(call_.server);
  const bool is_known = found != billed_.config().mcp_servers.end();
  // Whether a server exists is nobody's business who may not call it.
  if (!is_known || std::ranges::find(found->second->config.use_cases, billed_.trace.use_case) ==
                       found->second->config.use_cases.end()) {
    return forbidden(fmt::format("the use case \"{}\" may not call the MCP server \"{}\"", billed_.trace.use_case,
                                 utf8_prefix(call_.server, 64)),
                     "mcp_servers.use_cases", "An administrator can add the use case to the server's use_cases.");
  }
  server_ = found->second;
  billed_.trace.route = billed_.trace.provider;
  // A page that a browser shows may have been made to speak to this address (DNS rebinding); programs send no Origin.
  const auto origin = call_.headers.find("origin");
  const auto& origins = server_->config.allow_origins;
  if (!origin.empty() && std::ranges::find(origins, origin) == origins.end()) {
    return forbidden("web pages of this origin may not call the server", "mcp_servers.allow_origins",
                     "An administrator can add the origin to the server's allow_origins.");
  }
  return {};
}

std::string McpRelay::session_tag(std::string_view session) const {
  const auto text = fmt::format("{}\n{}\n{}", billed_.principal().key_id.text(), server_->config.name, session);
  return hmac_sha256(shared_.session_secret, text).text().substr(0, tag_length);
}

/// A session belongs to the key that began it: the id that a client holds ends in a tag that only this server can make.
Result<void> McpRelay::check_session() {
  const auto given = call_.headers.find("mcp-session-id");
  if (given.empty()) return {};
  const auto dot = given.rfind('.');
  const auto session = given.substr(0, dot == std::string_view::npos ? 0 : dot);
  if (dot == std::string_view::npos || given.substr(dot + 1) != session_tag(session)) {
    auto error = fail(ErrorCode::NotFound, "this session is not known");
    error.error().where.field = "mcp-session-id";
    error.error().fix = "Begin a new one.";
    return error;
  }
  session_ = session;
  return {};
}

Result<void> McpRelay::read_message() {
  if (call_.method != io::http::Method::Post) return {};
  auto body = parse_json(call_.body);
  if (!body) {
    body.error().where.source = "request body";
    return pass(body);
  }
  if (repeats_a_member(call_.body, *body)) {
    // The server behind might read the other one: a tool that was not checked.
    auto error = fail(ErrorCode::InvalidInput, "the message names a member twice");
    error.error().where.source = "request body";
    return error;
  }
  auto message = read_mcp_message(*body);
  if (!message) return pass(message);
  message_ = std::move(*message);
  billed_.trace.task = message_.method;
  if (message_.is_call()) {
    if (!may_use_tool(server_->config, message_.tool)) {
      is_answered_ = true;
      billed_.decide("mcp", "deny", "mcp_servers.tools", {{"tool", message_.tool}});
      return forbidden(fmt::format("the tool \"{}\" may not be called here", message_.tool), "mcp_servers.tools",
                       "tools/list shows those that may.");
    }
  }
  auto& object = body->get_object();
  json::value texts = json::object();
  for (const auto* name : {"params", "result", "error"}) {
    if (auto* value = object.if_contains(name)) texts.get_object()[name] = *value;
  }
  const auto before = texts;
  auto guarded = billed_.guard_input(texts, BilledCall::OnFinding::Redact);
  if (!guarded) {
    is_answered_ = !message_.id.is_null();
    return guarded;
  }
  if (texts == before) return {};
  for (auto& member : texts.get_object()) object[member.key()] = std::move(member.value());
  call_.body = json::serialize(*body);
  return {};
}

io::http::ClientRequest McpRelay::make_request() {
  io::http::ClientRequest request;
  request.method = call_.method;
  request.headers.set(
      "Accept", call_.method == io::http::Method::Get ? "text/event-stream" : "application/json, text/event-stream");
  request.headers.set("Accept-Encoding", "identity");
  if (call_.method == io::http::Method::Post) request.headers.set("Content-Type", "application/json");
  if (!session_.empty()) request.headers.set("Mcp-Session-Id", session_);
  for (const auto* name : {"MCP-Protocol-Version", "Last-Event-ID"}) {
    if (const auto value = call_.headers.find(name); !value.empty()) request.headers.set(name, std::string(value));
  }
  for (const auto& [name, value] : server_->headers) request.headers.set(name, value);
  request.body = std::move(call_.body);
  return request;
}

io::Task<Result<void>> McpRelay::exchange() {
  telemetry::SpanTimer timer(billed_.trace, message_.is_call() ? "tool " + message_.tool : billed_.trace.provider);
  billed_.mark_sent();
  was_sent_ = true;
  auto response = co_await shared_.parts.client->send(server_->config.origin, make_request(),
                                                      std::min(server_->config.timeout, billed_.time_left()),
                                                      &billed_.cancellation);
  if (!response) {
    is_provider_fault_ = response.error().code != ErrorCode::Cancelled;
    co_return pass(response);
  }
  status_ = (*response)->status();
  io::http::Headers headers;
  const std::string type((*response)->headers().find("content-type"));
  if (!type.empty()) headers.set("Content-Type", type);
  if (const auto session = (*response)->headers().find("mcp-session-id"); !session.empty()) {
    headers.set("Mcp-Session-Id", fmt::format("{}.{}", session, session_tag(session)));
  }
  Result<void> passed;
  if (type.starts_with(event_stream))
    passed = co_await pass_events(**response, std::move(headers));
  else
    passed = co_await pass_whole(**response, std::move(headers));
  co_return passed;
}

std::string McpRelay::guarded(std::string_view text) {
  auto message = parse_json(text, {answer_bytes_max, 128});
  if (!message) return std::string(text);
  const auto& guard = *billed_.config().guard;
  const auto trace = billed_.trace.id.text();
  bool is_changed = false;
  auto list = message->is_array() ? message->get_array() : json::array{*message};
  for (auto& each : list) {
    const auto* id = each.is_object() ? find_member(each.get_object(), "id") : nullptr;
    if (id != nullptr && *id == message_.id && find_member(each.get_object(), "result") != nullptr) has_result_ = true;
    is_changed = guard_mcp_answer(each, server_->config, guard, trace, verdict_) || is_changed;
  }
  if (!is_changed) return std::string(text);
  return message->is_array() ? json::serialize(list) : json::serialize(list.front());
}

io::Task<Result<void>> McpRelay::pass_whole(io::http::ClientResponse& upstream, io::http::Headers headers) {
  auto text = co_await upstream.read_all(answer_bytes_max);
  if (!text) {
    is_provider_fault_ = text.error().code != ErrorCode::Cancelled;
    co_return pass(text);
  }
  const auto body = text->empty() ? std::string() : guarded(*text);
  auto begun = co_await call_.sink->head(billed_.trace, status_, std::move(headers));
  if (!begun) co_return begun;
  billed_.trace.response_bytes = static_cast<std::uint32_t>(body.size());
  if (body.empty()) co_return Result<void>();
  auto written = co_await call_.sink->write(body);
  co_return written;
}

io::Task<Result<void>> McpRelay::pass_events(io::http::ClientResponse& upstream, io::http::Headers headers) {
  auto begun = co_await call_.sink->head(billed_.trace, status_, std::move(headers));
  if (!begun) co_return begun;
  io::sse::Parser parser(answer_bytes_max);
  std::string last_id;
  const auto idle = call_.method == io::http::Method::Get ? stream_idle : server_->config.timeout;
  for (;;) {
    upstream.expire_after(std::min(idle, billed_.time_left()));
    auto bytes = co_await upstream.read_some();
    if (!bytes) {
      is_provider_fault_ = bytes.error().code != ErrorCode::Cancelled;
      co_return pass(bytes);
    }
    if (bytes->empty()) co_return Result<void>();
    auto fed = parser.feed(*bytes);
    if (!fed) co_return fed;
    for (io::sse::Event event; parser.next(event);) {
      std::string text;
      if (event.id != last_id) text = "id: " + event.id + "\n";
      last_id = event.id;
      io::sse::append_event(text, event.name, guarded(event.data));
      billed_.trace.response_bytes += static_cast<std::uint32_t>(text.size());
      auto written = co_await call_.sink->write(text);
      if (!written) co_return written;
    }
  }
}

io::Task<McpOutcome> Gateway::call_mcp(McpCall call) {
  McpRelay relay(*state_, std::move(call));
  auto outcome = co_await relay.run();
  co_return outcome;
}

}  // namespace millwright::gateway
