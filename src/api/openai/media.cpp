#include "api/openai/media.hpp"

#include <exception>

#include "api/openai/surface.hpp"
#include "io/http/event_writer.hpp"
#include "io/http/form.hpp"
#include "io/sse/sse.hpp"

namespace millwright::api::openai {
namespace {

using gateway::Operation;

constexpr std::chrono::milliseconds heartbeat_interval{10'000};

/// What a provider streams, on the exchange: events with signs of life between them, or a file.
class MediaStream final : public gateway::ByteSink {
 public:
  explicit MediaStream(io::http::Exchange& exchange) : exchange_(exchange) {}

  [[nodiscard]] io::Task<Result<void>> begin(const telemetry::Trace& trace, std::string_view content_type) override {
    io::http::Response head;
    add_call_headers(head.headers, trace, CostHeader::Leave);
    Result<void> started;
    if (content_type.starts_with("text/event-stream")) {
      events_.emplace(exchange_, ": keep-alive\n\n", heartbeat_interval);
      started = co_await events_->start(std::move(head));
    } else {
      head.headers.set("Content-Type", std::string(content_type));
      started = co_await exchange_.start_stream(std::move(head));
    }
    co_return started;
  }

  [[nodiscard]] io::Task<Result<void>> write(std::string_view bytes) override {
    return events_ ? events_->write(bytes) : exchange_.write(bytes);
  }

  /// The cost of events as a comment, which every client ignores.
  [[nodiscard]] io::Task<void> end_well(const telemetry::Trace& trace) {
    Result<void> ended;
    if (events_) {
      std::string comment;
      io::sse::append_comment(comment, fmt::format("x-millwright-cost-usd: {}", render_decimal(trace.cost)));
      ended = co_await events_->write(comment);
      if (ended) ended = co_await events_->finish();
    } else {
      ended = co_await exchange_.finish_stream();
    }
  }

  /// Events end in an error event; a file is cut off, so that nobody takes it for whole.
  [[nodiscard]] io::Task<void> end_badly(const gateway::ChatOutcome& outcome) {
    if (!events_) {
      exchange_.abort();
      co_return;
    }
    std::string event;
    io::sse::append_event(event, "error",
                          error_json(*outcome.error, outcome.error_from_provider, outcome.trace.id.text()));
    auto written = co_await events_->write(event);
    if (written) written = co_await events_->finish();
  }

  /// Before the exchange goes, however the call ended.
  [[nodiscard]] io::Task<void> stop() {
    if (events_) co_await events_->stop();
  }

 private:
  io::http::Exchange& exchange_;
  std::optional<io::http::EventWriter> events_;
};

Result<gateway::ChatRequest> read_request(io::http::Request& request, Operation operation) {
  const auto content_type = request.headers.find("content-type");
  if (io::http::is_form(content_type)) {
    auto form = io::http::parse_form(content_type, std::move(request.body));
    if (!form) return pass(form);
    return gateway::parse_media_request(operation, {}, std::make_shared<const io::http::Form>(std::move(*form)));
  }
  auto body = parse_json_object(request.body, {}, JsonMemory::Pooled);
  if (!body) {
    if (body.error().where.source.empty()) body.error().where.source = "request body";
    return pass(body);
  }
  return gateway::parse_media_request(operation, std::move(*body), nullptr);
}

Result<gateway::ChatCall> read_call(io::http::Request& request, const Parts& parts, Operation operation) {
  auto caller = read_caller(request, parts);
  if (!caller) return pass(caller);
  auto checked = read_request(request, operation);
  if (!checked) return pass(checked);
  gateway::ChatCall call;
  call.caller = std::move(*caller);
  take_over(call.request, std::move(*checked));
  call.is_dry_run = request.headers.find("x-millwright-dry-run") == "1";
  if (call.is_dry_run) call.request.is_streamed = false;
  call.surface = gateway::operation_name(operation);
  const bool is_event_stream = call.request.is_streamed && operation != Operation::Speech;
  if (is_event_stream) call.surface += ".stream";
  return call;
}

io::Task<void> answer(const Parts& parts, io::http::Exchange& exchange, MediaStream& stream, gateway::ChatCall call) {
  const std::string field = call.request.operation == Operation::Speech ? "input" : "prompt";
  auto outcome = co_await parts.gateway->chat(std::move(call));
  if (exchange.has_started()) {
    if (outcome.error)
      co_await stream.end_badly(outcome);
    else
      co_await stream.end_well(outcome.trace);
    co_return;
  }
  rename_messages(outcome, field);
  auto sent = co_await exchange.send(whole_response(outcome));
  (void)sent;  // the caller has gone; the call is settled
}

io::Task<void> operate(Parts parts, io::http::Exchange& exchange, Operation operation) {
  auto call = read_call(exchange.request(), parts, operation);
  if (!call) {
    auto refused = co_await exchange.send(error_response(call.error(), false, Id::generate().text()));
    (void)refused;
    co_return;
  }
  MediaStream stream(exchange);
  if (call->request.is_streamed) call->byte_sink = &stream;
  call->on_client_gone = [&exchange](std::function<void()> gone) { exchange.on_client_gone(std::move(gone)); };
  std::exception_ptr thrown;
  try {
    co_await answer(parts, exchange, stream, std::move(*call));
  } catch (...) {
    thrown = std::current_exception();
  }
  co_await stream.stop();
  if (thrown) std::rethrow_exception(thrown);
}

}  // namespace

io::Task<void> generate_images(Parts parts, io::http::Exchange& exchange) {
  return operate(std::move(parts), exchange, Operation::Images);
}
io::Task<void> edit_images(Parts parts, io::http::Exchange& exchange) {
  return operate(std::move(parts), exchange, Operation::ImageEdits);
}
io::Task<void> vary_images(Parts parts, io::http::Exchange& exchange) {
  return operate(std::move(parts), exchange, Operation::ImageVariations);
}
io::Task<void> speak(Parts parts, io::http::Exchange& exchange) {
  return operate(std::move(parts), exchange, Operation::Speech);
}
io::Task<void> transcribe(Parts parts, io::http::Exchange& exchange) {
  return operate(std::move(parts), exchange, Operation::Transcriptions);
}
io::Task<void> translate(Parts parts, io::http::Exchange& exchange) {
  return operate(std::move(parts), exchange, Operation::Translations);
}

}  // namespace millwright::api::openai
