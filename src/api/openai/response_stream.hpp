// A response as named server-sent events on an exchange.
#pragma once

#include <string>

#include "api/openai/responses_builder.hpp"
#include "features/gateway/chat.hpp"
#include "io/http/event_writer.hpp"

namespace millwright::api::openai {

/// The exchange outlives it. A comment is sent while nothing else is said for long.
class ResponseEventStream final : public gateway::ChunkSink {
 public:
  ResponseEventStream(io::http::Exchange& exchange, ResponseFrame frame);

  [[nodiscard]] io::Task<Result<void>> begin(const telemetry::Trace& trace) override;
  [[nodiscard]] io::Task<Result<void>> chunk(std::string_view json_text) override;
  [[nodiscard]] ResponseBuilder& builder() { return builder_; }
  /// The last event and, as a comment that clients ignore, what it cost.
  [[nodiscard]] io::Task<void> finish(const telemetry::Trace& trace);
  /// Before the exchange goes, however the call ended.
  [[nodiscard]] io::Task<void> stop() { return writer_.stop(); }

 private:
  io::Task<Result<void>> flush();

  io::http::EventWriter writer_;
  std::string buffer_;
  ResponseBuilder builder_;
};

}  // namespace millwright::api::openai
