#include "api/anthropic/messages.hpp"

#include <exception>

#include "api/anthropic/message.hpp"
#include "api/anthropic/message_stream.hpp"
#include "api/anthropic/request.hpp"
#include "api/anthropic/surface.hpp"
#include "base/text.hpp"
#include "io/http/event_writer.hpp"
#include "io/sse/sse.hpp"

namespace millwright::api::anthropic {
namespace {

constexpr std::chrono::milliseconds ping_interval{10'000};
constexpr std::size_t betas_max = 32;

std::string ping_event() {
  std::string event;
  io::sse::append_event(event, "ping", R"({"type":"ping"})");
  return event;
}

/// Chunks as the events of a Messages stream on the exchange.
class EventStream final : public gateway::ObjectSink {
 public:
  explicit EventStream(io::http::Exchange& exchange) : writer_(exchange, ping_event(), ping_interval) {}

  [[nodiscard]] io::Task<Result<void>> begin(const telemetry::Trace& trace) override {
    io::http::Response head;
    const auto id = trace.id.text();
    add_call_headers(head.headers, trace, CostHeader::Leave);
    add_rate_headers(head.headers, rates);
    add_anthropic_headers(head.headers, id, rates, trace.start);
    events_.emplace(id);
    auto started = co_await writer_.start(std::move(head));
    co_return started;
  }

  [[nodiscard]] io::Task<Result<std::size_t>> chunk(json::object chunk) override {
    buffer_.clear();
    events_->feed(chunk, buffer_);
    if (buffer_.empty()) co_return 0;
    auto written = co_await writer_.write(buffer_);
    if (!written) co_return pass(written);
    co_return buffer_.size();
  }

  /// message_delta, message_stop, and the cost as a comment, which every client ignores.
  [[nodiscard]] io::Task<void> end_well(const telemetry::Trace& trace) {
    buffer_.clear();
    io::sse::append_comment(buffer_, fmt::format("x-millwright-cost-usd: {}", render_decimal(trace.cost)));
    events_->finish(trace.tokens, buffer_);
    auto written = co_await writer_.write(buffer_);
    if (written) written = co_await writer_.finish();
  }

  /// An error event and no message_stop: a client must not take the answer for whole.
  [[nodiscard]] io::Task<void> end_badly(const gateway::ChatOutcome& outcome) {
    buffer_.clear();
    const auto error = error_object(*outcome.error, outcome.error_from_provider, outcome.trace.id.text());
    io::sse::append_event(buffer_, "error", json::serialize(error));
    auto written = co_await writer_.write(buffer_);
    if (written) written = co_await writer_.finish();
  }

  /// Before the exchange goes, however the call ended.
  [[nodiscard]] io::Task<void> stop() { return writer_.stop(); }

 private:
  io::http::EventWriter writer_;
  std::optional<MessageStream> events_;
  std::string buffer_;
};

/// anthropic-beta says which of its provider's features a client means; it goes to providers of that dialect alone.
Result<void> put_betas(const io::http::Request& request, gateway::ChatRequest& chat) {
  for (const auto& field : request.headers) {
    if (to_lower_ascii(field.name) != "anthropic-beta") continue;
    if (chat.dialect_headers.size() == betas_max) {
      return field_error("anthropic-beta", fmt::format("at most {} such headers are taken", betas_max));
    }
    chat.dialect_headers.emplace_back("anthropic-beta", field.value);
  }
  return {};
}

Result<gateway::ChatCall> read_call(const io::http::Request& request, const Parts& parts) {
  auto caller = read_caller(request, *parts.keys, parts.clock->now());
  if (!caller) return pass(caller);
  parts.gateway->keep_headers(*caller, request.headers);
  auto body = read_body(request);
  if (!body) return pass(body);
  auto decoded = decode_request(*body, OutputLimit::Required);
  if (!decoded) return pass(decoded);
  auto chat = gateway::parse_chat_request(std::move(*decoded));
  if (!chat) return pass(chat);
  gateway::ChatCall call;
  call.caller = std::move(*caller);
  take_over(call.request, std::move(*chat));
  auto put = put_betas(request, call.request);
  if (!put) return pass(put);
  call.request.wants_usage = true;  // every Message has it
  call.is_dry_run = request.headers.find("x-millwright-dry-run") == "1";
  if (call.is_dry_run) call.request.is_streamed = false;
  call.surface = call.request.is_streamed ? "messages.stream" : "messages";
  call.wants_object = !call.is_dry_run;
  return call;
}

io::http::Response response_of(gateway::ChatOutcome& outcome, bool is_dry_run, Timestamp now) {
  const auto id = outcome.trace.id.text();
  io::http::Response response;
  if (outcome.error) {
    response = error_response(*outcome.error, outcome.error_from_provider, id);
  } else {
    response.headers.set("Content-Type", "application/json");
    response.body = is_dry_run ? std::move(outcome.body)
                               : json::serialize(encode_message(outcome.answer, id, outcome.trace.tokens));
  }
  add_call_headers(response.headers, outcome.trace, CostHeader::Add);
  add_rate_headers(response.headers, outcome.rates);
  add_anthropic_headers(response.headers, id, outcome.rates, now);
  return response;
}

io::Task<void> answer_whole(Parts parts, io::http::Exchange& exchange, gateway::ChatCall call) {
  const bool is_dry_run = call.is_dry_run;
  auto outcome = co_await parts.gateway->chat(std::move(call));
  auto sent = co_await exchange.send(response_of(outcome, is_dry_run, parts.clock->now()));
  (void)sent;  // the caller has gone; the call is settled
}

io::Task<void> converse(const Parts& parts, io::http::Exchange& exchange, EventStream& stream, gateway::ChatCall call) {
  auto outcome = co_await parts.gateway->chat(std::move(call));
  if (!exchange.has_started() && outcome.error) {
    auto sent = co_await exchange.send(response_of(outcome, false, parts.clock->now()));
    (void)sent;
    co_return;
  }
  if (!exchange.has_started()) {  // an answer without a single chunk
    auto started = co_await stream.begin(outcome.trace);
    if (!started) co_return;
  }
  if (outcome.error)
    co_await stream.end_badly(outcome);
  else
    co_await stream.end_well(outcome.trace);
}

io::Task<void> answer_streamed(Parts parts, io::http::Exchange& exchange, gateway::ChatCall call) {
  EventStream stream(exchange);
  call.object_sink = &stream;
  std::exception_ptr thrown;
  try {
    co_await converse(parts, exchange, stream, std::move(call));
  } catch (...) {
    thrown = std::current_exception();
  }
  co_await stream.stop();
  if (thrown) std::rethrow_exception(thrown);
}

}  // namespace

io::Task<void> messages(Parts parts, io::http::Exchange& exchange) {
  auto call = read_call(exchange.request(), parts);
  if (!call) {
    auto refused = co_await exchange.send(error_response(call.error(), false, Id::generate().text()));
    (void)refused;
    co_return;
  }
  call->on_client_gone = [&exchange](std::function<void()> gone) { exchange.on_client_gone(std::move(gone)); };
  if (call->request.is_streamed)
    co_await answer_streamed(parts, exchange, std::move(*call));
  else
    co_await answer_whole(parts, exchange, std::move(*call));
}

}  // namespace millwright::api::anthropic
