// The events of ConverseStream as chunks of a chat completion, whatever the cutting of the bytes.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/json.hpp"
#include "extensions/providers/aws_event_stream.hpp"
#include "extensions/providers/bedrock_messages.hpp"
#include "features/finops/finops.hpp"
#include "features/gateway/provider.hpp"

namespace millwright::extensions {

/// Pure; one a stream. Blocks may interleave. A tool call's index is its ordinal among the calls, whatever the number of
/// its block. Nothing is given before the answer says something, so that an exception in front of it is one before the
/// answer.
class BedrockStream {
 public:
  /// `provider` is named in failures.
  BedrockStream(std::string provider, BedrockFrame frame) : provider_(std::move(provider)), frame_(std::move(frame)) {}

  /// Appends the chunks that an event gives. A failure is an exception or an error event, or events that make no sense;
  /// nothing may be fed after it. Events this build does not know give nothing.
  [[nodiscard]] std::expected<void, gateway::ProviderFailure> feed(const AwsEvent& event,
                                                                   std::vector<json::object>& chunks);
  /// The connection has ended: a stream that has been stopped ends here too, without a word on its usage.
  void end(std::vector<json::object>& chunks);

  /// True after messageStop: the answer is whole, its usage may still come.
  [[nodiscard]] bool is_stopped() const { return is_stopped_; }
  /// True after the metadata behind messageStop, or after end() behind it, and only then.
  [[nodiscard]] bool is_finished() const { return is_finished_; }
  /// Whether a chunk has been given.
  [[nodiscard]] bool has_begun() const { return has_begun_; }
  /// What was used, once the provider has said it.
  [[nodiscard]] std::optional<finops::TokenCounts> usage() const;
  /// The tier that served it, which decides the price; empty when not said.
  [[nodiscard]] std::string service_tier() const { return bedrock_service_tier(metadata_); }
  [[nodiscard]] std::string invoked_model() const { return bedrock_invoked_model(metadata_); }

 private:
  enum class BlockKind : std::uint8_t { Text, Call, Reasoning, Image, Native };
  struct Block {
    BlockKind kind = BlockKind::Text;
    json::object begun;            // what contentBlockStart said
    std::string text, signature, redacted, input;
    std::int64_t call = 0;         // ordinal of a tool call
    std::int64_t start = 0;        // of a text, in code points of the answer
    json::array citations, results;
  };
  using Chunks = std::vector<json::object>;
  using Fed = std::expected<void, gateway::ProviderFailure>;
  using Place = std::map<std::int64_t, Block>::iterator;

  Fed read(std::string_view type, const json::object& event, Chunks& chunks);
  Fed start_block(const json::object& event, Chunks& chunks);
  Fed feed_delta(const json::object& event, Chunks& chunks);
  void say(Block& block, const json::object& delta, Chunks& chunks);
  void say_text(std::string_view text, Chunks& chunks);
  void say_reasoning(Block& block, const json::object& reasoning, Chunks& chunks);
  void stop_block(Place place, Chunks& chunks);
  void stop_text(const Block& block, Chunks& chunks);
  void stop_reasoning(const Block& block, Chunks& chunks);
  void stop_native(Block& block, Chunks& chunks);
  void finish(Chunks& chunks);
  [[nodiscard]] json::object frame(json::array choices) const;
  void put_delta(json::object delta, Chunks& chunks);
  [[nodiscard]] Fed garbled(std::string_view what) const;

  std::string provider_;
  BedrockFrame frame_;
  std::map<std::int64_t, Block> blocks_;  // open ones, by contentBlockIndex
  std::int64_t calls_ = 0;
  std::int64_t code_points_ = 0;  // of the answer's text
  std::size_t kept_bytes_ = 0;    // of what waits for its block to end
  json::object ending_, metadata_;
  bool has_begun_ = false, is_stopped_ = false, is_finished_ = false;
};

}  // namespace millwright::extensions
