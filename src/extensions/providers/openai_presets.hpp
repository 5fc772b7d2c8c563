// Servers that speak OpenAI's chat completions, each a little differently: one row a server, its differences as data.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace millwright::extensions {

/// How a server is asked to reason, where a caller of another dialect says so with `thinking`.
enum class ReasoningAsk : std::uint8_t {
  AsIs,    // `thinking` and reasoning_effort are sent as they came
  Effort,  // `thinking` becomes reasoning_effort
  Object,  // both become reasoning: {effort, max_tokens, enabled}
};
/// Where a server wants the reasoning of earlier turns.
enum class ReasoningUp : std::uint8_t { Nowhere, ReasoningContent, Reasoning };
enum class DeveloperRole : std::uint8_t { Understood, AsSystem };
/// Where the usage of a stream stands: alone in a last chunk, or in chunks that also hold choices.
enum class StreamUsage : std::uint8_t { Alone, WithChoices };

struct OpenAiPreset {
  std::string_view name;             // also the name of the kind
  std::string_view base_url;         // empty: the configuration must say
  std::string_view output_limit;     // the only field it takes the limit in; empty: as the model is configured
  bool takes_stream_options = true;  // false: refuses them, and sends usage unasked
  StreamUsage stream_usage = StreamUsage::Alone;
  ReasoningAsk reasoning_ask = ReasoningAsk::Effort;
  ReasoningUp reasoning_up = ReasoningUp::Nowhere;
  DeveloperRole developer = DeveloperRole::Understood;
  bool takes_cache_marks = false;  // cache_control on parts, messages and tools
  bool takes_top_k = false;        // and min_p, repetition_penalty
  bool takes_tool_media = true;    // false: a tool's answer is text alone; its other parts go behind it, as the user's
  std::string_view seed;           // its name of `seed`; empty: the same
  bool takes_stop_text = true;     // false: `stop` only as a list
  // Fields that change an answer and that it answers with an error, or takes without obeying: refused by name.
  std::span<const std::string_view> refused;
  std::span<const std::string_view> ignored;  // fields it answers with an error and that change none: left out
  bool has_batches = false;                   // files and batches as OpenAI has them
  bool is_free = false;                       // runs on the owner's machine; nobody bills
  std::string_view price_list;                // of the vendor
};

/// All rows; the first is `openai` for OpenAI's own API, the second what kind `openai` means at any other address.
[[nodiscard]] std::span<const OpenAiPreset> openai_presets();
/// The row of a kind at an address.
[[nodiscard]] const OpenAiPreset& openai_preset(std::string_view kind, std::string_view host);

}  // namespace millwright::extensions
