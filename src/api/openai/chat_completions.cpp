#include "api/openai/chat_completions.hpp"

#include "api/openai/surface.hpp"
#include "io/sse/sse.hpp"

namespace millwright::api::openai {
namespace {

/// Chunks as server-sent events on the exchange.
class EventStream final : public gateway::ChunkSink {
 public:
  explicit EventStream(io::http::Exchange& exchange) : exchange_(exchange) {}

  [[nodiscard]] io::Task<Result<void>> begin(const telemetry::Trace& trace) override {
    auto started = co_await exchange_.start_stream(event_stream_head(trace, rates));
    co_return started;
  }

  [[nodiscard]] io::Task<Result<void>> chunk(std::string_view json_text) override {
    buffer_.clear();
    io::sse::append_event(buffer_, {}, json_text);
    auto written = co_await exchange_.write(buffer_);
    co_return written;
  }

  /// The cost as a comment, which every client ignores, then the terminal event.
  [[nodiscard]] io::Task<void> end_well(const telemetry::Trace& trace) {
    buffer_.clear();
    io::sse::append_comment(buffer_, fmt::format("x-millwright-cost-usd: {}", render_decimal(trace.cost)));
    io::sse::append_event(buffer_, {}, "[DONE]");
    auto written = co_await exchange_.write(buffer_);
    if (written) written = co_await exchange_.finish_stream();
  }

  /// An error event and no terminal event: a client must not take the answer for whole.
  [[nodiscard]] io::Task<void> end_badly(const gateway::ChatOutcome& outcome) {
    buffer_.clear();
    io::sse::append_event(buffer_, {},
                          error_json(*outcome.error, outcome.error_from_provider, outcome.trace.id.text()));
    auto written = co_await exchange_.write(buffer_);
    if (written) written = co_await exchange_.finish_stream();
  }

 private:
  io::http::Exchange& exchange_;
  std::string buffer_;
};

Result<gateway::ChatCall> read_call(const io::http::Request& request, const Parts& parts) {
  auto caller = read_caller(request, parts);
  if (!caller) return pass(caller);
  auto body = parse_json_object(request.body, {}, JsonMemory::Pooled);
  if (!body) {
    if (body.error().where.source.empty()) body.error().where.source = "request body";
    return pass(body);
  }
  auto chat = gateway::parse_chat_request(std::move(*body));
  if (!chat) return pass(chat);
  gateway::ChatCall call;
  call.caller = std::move(*caller);
  take_over(call.request, std::move(*chat));
  call.is_dry_run = request.headers.find("x-millwright-dry-run") == "1";
  call.surface = call.request.is_streamed ? "chat.stream" : "chat";
  return call;
}

}  // namespace

io::Task<void> chat_completions(Parts parts, io::http::Exchange& exchange) {
  auto call = read_call(exchange.request(), parts);
  if (!call) {
    auto refused = co_await exchange.send(error_response(call.error(), false, Id::generate().text()));
    (void)refused;
    co_return;
  }
  EventStream stream(exchange);
  if (call->is_dry_run) call->request.is_streamed = false;
  if (call->request.is_streamed) call->sink = &stream;
  call->on_client_gone = [&exchange](std::function<void()> gone) { exchange.on_client_gone(std::move(gone)); };
  auto outcome = co_await parts.gateway->chat(std::move(*call));
  if (exchange.has_started()) {
    if (outcome.error) co_await stream.end_badly(outcome);
    else co_await stream.end_well(outcome.trace);
    co_return;
  }
  auto response = whole_response(outcome);
  auto sent = co_await exchange.send(std::move(response));
  (void)sent;   // the caller has gone; the call is settled
}

}  // namespace millwright::api::openai
