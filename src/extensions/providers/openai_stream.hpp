// The events of a streamed chat completion as chunks that every client understands, whatever the cutting of the bytes.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "extensions/providers/openai_mend.hpp"
#include "extensions/providers/openai_presets.hpp"
#include "features/gateway/provider.hpp"
#include "io/sse/sse.hpp"

namespace millwright::extensions {

/// Pure; one a stream. Chunks in front of the first that says something (verdicts on the prompt, a role alone) wait for
/// it, so that an error behind them is still one before the answer. Every chunk has the id, the time, the model of the
/// answer, and every choice a delta, also where a server leaves them out; what servers say differently is said as the
/// canonical chat has it.
class OpenAiStream {
 public:
  /// `provider` is named in failures.
  explicit OpenAiStream(std::string provider, StreamUsage usage = StreamUsage::Alone)
      : provider_(std::move(provider)), usage_place_(usage) {}

  /// Appends the chunks that an event gives. A failure is the provider's own error event, or what is no JSON; nothing may
  /// be fed after it.
  [[nodiscard]] std::expected<void, gateway::ProviderFailure> feed(const io::sse::Event& event,
                                                                   std::vector<json::object>& chunks);
  /// True after "[DONE]", and only then.
  [[nodiscard]] bool is_finished() const { return is_finished_; }
  /// Whether a chunk has been given away.
  [[nodiscard]] bool has_begun() const { return has_begun_; }
  /// What is known of the answer so far, without a body.
  [[nodiscard]] const gateway::ProviderAnswer& answer() const { return answer_; }

 private:
  /// Usage that stands beside choices, as the last of it came, goes out alone at the end.
  void keep_usage(json::object& chunk);
  void note_usage(const json::object& chunk);
  void note(const json::object& chunk);
  void mend(json::object& chunk);
  void release(std::vector<json::object>& chunks);

  std::string provider_;
  gateway::ProviderAnswer answer_;
  std::vector<json::object> held_;
  StreamUsage usage_place_;
  json::object last_usage_;   // a chunk with it and without choices
  OpenAiMending mending_;
  std::string id_;
  std::int64_t created_ = 0;
  bool has_begun_ = false, is_finished_ = false;
};

}  // namespace millwright::extensions
