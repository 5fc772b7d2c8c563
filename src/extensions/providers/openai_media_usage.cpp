#include <algorithm>

#include "base/json_count.hpp"
#include "extensions/providers/openai_media.hpp"

namespace millwright::extensions {
namespace {

const json::object* object_member(const json::object& object, std::string_view name) {
  const auto* value = find_member(object, name);
  return value != nullptr && value->is_object() ? &value->get_object() : nullptr;
}

}  // namespace

std::optional<finops::TokenCounts> read_openai_media_usage(gateway::Operation operation, const json::object& answer) {
  using gateway::Operation;
  const auto* usage = object_member(answer, "usage");
  if (usage == nullptr || find_member(*usage, "input_tokens") == nullptr) return std::nullopt;
  finops::TokenCounts tokens;
  const auto input = count_member(*usage, "input_tokens");
  const auto output = count_member(*usage, "output_tokens");
  if (operation == Operation::Speech) {
    tokens.input = input;
    tokens.audio_out = output;
    return tokens;
  }
  if (operation >= Operation::Transcriptions) {
    tokens.audio_in = std::min(input, count_member(*usage, "input_token_details", "audio_tokens"));
    tokens.input = input - tokens.audio_in;
    tokens.output = output;
    return tokens;
  }
  tokens.image_in = std::min(input, count_member(*usage, "input_tokens_details", "image_tokens"));
  tokens.cache_read = std::min(input - tokens.image_in, count_member(*usage, "input_tokens_details", "cached_tokens"));
  tokens.input = input - tokens.image_in - tokens.cache_read;
  // All that comes out is image unless the answer tells them apart.
  tokens.output = std::min(output, count_member(*usage, "output_tokens_details", "text_tokens"));
  tokens.image_out = output - tokens.output;
  if (const auto* drawn = object_member(answer, "svg_usage")) {
    tokens.input += count_member(*drawn, "input_tokens");
    const auto written = count_member(*drawn, "output_tokens");
    const auto thought = std::min(written, count_member(*drawn, "reasoning_tokens"));
    tokens.reasoning += thought;
    tokens.output += written - thought;
  }
  return tokens;
}

}  // namespace millwright::extensions
