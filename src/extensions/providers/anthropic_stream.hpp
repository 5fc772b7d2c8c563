// The events of a streamed Messages answer as chunks of a chat completion, whatever the cutting of the bytes.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/json.hpp"
#include "features/finops/finops.hpp"
#include "features/gateway/provider.hpp"
#include "io/sse/sse.hpp"

namespace millwright::extensions {

/// Pure; one a stream. Blocks may interleave. A tool call's index is its ordinal among the calls.
class AnthropicStream {
 public:
  /// `provider` is named in failures; `created` goes into every chunk, in seconds since 1970.
  AnthropicStream(std::string provider, std::int64_t created) : provider_(std::move(provider)), created_(created) {}

  /// Appends the chunks that an event gives. A failure is the provider's own error event, or events that make no sense;
  /// nothing may be fed after it. Pings and events this build does not know give nothing.
  [[nodiscard]] std::expected<void, gateway::ProviderFailure> feed(const io::sse::Event& event,
                                                                   std::vector<json::object>& chunks);
  /// True after message_stop, and only then.
  [[nodiscard]] bool is_finished() const { return is_finished_; }
  /// Whether a chunk has been given: none is before the answer itself says something, so that another model may still
  /// take the place of one that fails before.
  [[nodiscard]] bool has_begun() const { return has_started_; }
  /// What was used as far as it is known; before the end the output is counted from what has come, at four bytes a
  /// token, when the provider has reported less. Nothing before the provider has reported anything.
  [[nodiscard]] std::optional<finops::TokenCounts> usage() const;
  /// False once the provider itself has said what the whole answer used.
  [[nodiscard]] bool is_usage_estimated() const { return !has_final_usage_; }
  /// The tier that served it, which decides the price; empty when not said.
  [[nodiscard]] std::string service_tier() const { return std::string(string_member(usage_, "service_tier")); }
  [[nodiscard]] const std::string& id() const { return id_; }
  [[nodiscard]] const std::string& model() const { return model_; }

 private:
  struct Block {
    json::object value;  // as it began; texts and input grow below
    std::string type, text, signature, input;
    std::int64_t call = 0;   // ordinal of a tool call
    std::int64_t start = 0;  // of a text, in code points of the answer
    json::array citations;
  };
  using Chunks = std::vector<json::object>;
  using Fed = std::expected<void, gateway::ProviderFailure>;

  void start_message(const json::object& event);
  Fed start_block(const json::object& event, Chunks& chunks);
  Fed feed_delta(const json::object& event, Chunks& chunks);
  void stop_block(std::map<std::int64_t, Block>::iterator place, Chunks& chunks);
  void stop_call(const Block& block, Chunks& chunks);
  void stop_thinking(Block& block, Chunks& chunks);
  void stop_native(Block& block, Chunks& chunks);
  void feed_ending(const json::object& event);
  void finish(Chunks& chunks);
  Fed say(Block& block, const json::object& delta, Chunks& chunks);
  void say_text(std::string_view text, Chunks& chunks);
  void merge_usage(const json::object& usage);
  [[nodiscard]] json::object frame(json::array choices) const;
  void begin(Chunks& chunks);
  void put_delta(json::object delta, Chunks& chunks);
  [[nodiscard]] Fed garbled(std::string_view what) const;

  std::string provider_;
  std::int64_t created_;
  std::string id_, model_;
  std::map<std::int64_t, Block> blocks_;  // open ones, by the provider's index
  std::int64_t calls_ = 0;
  std::int64_t code_points_ = 0;  // of the answer's text
  std::size_t kept_bytes_ = 0;    // of what waits for its block to end
  std::size_t output_bytes_ = 0;
  json::object usage_, ending_, rest_;
  bool has_started_ = false, has_final_usage_ = false, is_finished_ = false;
};

}  // namespace millwright::extensions
