#include "api/raw/mcp.hpp"

#include <exception>

#include "api/surface.hpp"
#include "io/http/event_writer.hpp"

namespace millwright::api::raw {
namespace {

constexpr std::string_view prefix = "/mcp/";
constexpr std::chrono::milliseconds heartbeat_interval{15'000};
constexpr int refused = -32001, invalid_request = -32600;  // the first is of the range left to servers

/// Messages as they come: events with signs of life between them, or one body.
class Answer final : public gateway::RawSink {
 public:
  explicit Answer(io::http::Exchange& exchange) : exchange_(exchange) {}

  [[nodiscard]] io::Task<Result<void>> head(const telemetry::Trace& trace, std::uint16_t status,
                                            io::http::Headers headers) override {
    head_.status = status;
    head_.headers = std::move(headers);
    add_call_headers(head_.headers, trace, CostHeader::Leave);
    Result<void> begun;
    if (head_.headers.find("content-type").starts_with("text/event-stream")) {
      events_.emplace(exchange_, ": keep-alive\n\n", heartbeat_interval);
      begun = co_await events_->start(std::move(head_));
    }
    co_return begun;
  }
  [[nodiscard]] io::Task<Result<void>> write(std::string_view bytes) override {
    if (events_) {
      auto written = co_await events_->write(bytes);
      co_return written;
    }
    head_.body += bytes;
    co_return Result<void>();
  }
  [[nodiscard]] io::Task<void> end(bool is_whole) {
    Result<void> ended;
    if (!events_)
      ended = co_await exchange_.send(std::move(head_));
    else if (is_whole)
      ended = co_await events_->finish();
    else
      exchange_.abort();
  }
  [[nodiscard]] io::Task<void> stop() {
    if (events_) co_await events_->stop();
  }

 private:
  io::http::Exchange& exchange_;
  io::http::Response head_;
  std::optional<io::http::EventWriter> events_;
};

/// An answer to the request travels as one; what stops the request before is an error of the transport as well.
io::http::Response error_of(const Error& error, const json::value& id, bool is_answered, std::string_view trace) {
  io::http::Response response;
  response.status = is_answered ? 200 : meaning(error.code).http_status;
  response.headers.set("Content-Type", "application/json");
  response.headers.set("x-request-id", std::string(trace));
  add_retry_headers(response.headers, error);
  const auto code = error.code == ErrorCode::InvalidInput ? invalid_request : refused;
  response.body = json::serialize(gateway::mcp_error(id, code, error, trace));
  if (error.code == ErrorCode::Unauthenticated) response.headers.set("WWW-Authenticate", "Bearer");
  return response;
}

io::Task<void> relay(const Parts& parts, io::http::Exchange& exchange, Answer& answer, gateway::McpCall call) {
  auto outcome = co_await parts.gateway->call_mcp(std::move(call));
  if (!outcome.error || exchange.has_started()) {
    co_await answer.end(!outcome.error);
    co_return;
  }
  auto response = error_of(*outcome.error, outcome.id, outcome.is_answered, outcome.trace.id.text());
  add_rate_headers(response.headers, outcome.rates);
  auto sent = co_await exchange.send(std::move(response));
  (void)sent;  // the caller has gone; the call is settled
}

}  // namespace

io::Task<void> call_mcp(Parts parts, io::http::Exchange& exchange) {
  auto& request = exchange.request();
  auto caller = read_caller(request, *parts.keys, parts.clock->now());
  if (!caller) {
    auto sent = co_await exchange.send(error_of(caller.error(), nullptr, false, Id::generate().text()));
    (void)sent;
    co_return;
  }
  Answer answer(exchange);
  gateway::McpCall call;
  call.caller = std::move(*caller);
  call.use_case = request.headers.find("x-millwright-use-case");
  call.server = request.path.substr(prefix.size());
  call.method = request.method;
  call.headers = request.headers;
  call.body = std::move(request.body);
  call.sink = &answer;
  call.on_client_gone = [&exchange](std::function<void()> gone) { exchange.on_client_gone(std::move(gone)); };
  std::exception_ptr thrown;
  try {
    co_await relay(parts, exchange, answer, std::move(call));
  } catch (...) {
    thrown = std::current_exception();
  }
  co_await answer.stop();
  if (thrown) std::rethrow_exception(thrown);
}

}  // namespace millwright::api::raw
