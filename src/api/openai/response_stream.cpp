#include "api/openai/response_stream.hpp"

#include "api/openai/surface.hpp"
#include "io/sse/sse.hpp"

namespace millwright::api::openai {
namespace {

constexpr std::chrono::milliseconds heartbeat_interval{10'000};

}  // namespace

ResponseEventStream::ResponseEventStream(io::http::Exchange& exchange, ResponseFrame frame)
    : writer_(exchange, ": keep-alive\n\n", heartbeat_interval), builder_(std::move(frame), [this](std::string_view type, const json::object& event) {
        io::sse::append_event(buffer_, type, json::serialize(event));
      }) {}

io::Task<Result<void>> ResponseEventStream::begin(const telemetry::Trace& trace) {
  auto started = co_await writer_.start(event_stream_head(trace, rates));
  if (!started) co_return started;
  builder_.begin();
  auto written = co_await flush();
  co_return written;
}

io::Task<Result<void>> ResponseEventStream::chunk(std::string_view json_text) {
  auto parsed = parse_json_object(json_text, {64u << 20, 128}, JsonMemory::Pooled);
  if (!parsed) co_return pass(parsed);
  builder_.feed(*parsed);
  auto written = co_await flush();
  co_return written;
}

io::Task<void> ResponseEventStream::finish(const telemetry::Trace& trace) {
  io::sse::append_comment(buffer_, fmt::format("x-millwright-cost-usd: {}", render_decimal(trace.cost)));
  builder_.say_end();
  auto written = co_await flush();
  if (written) written = co_await writer_.finish();
}

io::Task<Result<void>> ResponseEventStream::flush() {
  if (buffer_.empty()) co_return Result<void>();
  auto written = co_await writer_.write(buffer_);
  buffer_.clear();
  co_return written;
}

}  // namespace millwright::api::openai
