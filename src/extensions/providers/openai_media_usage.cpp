#include <algorithm>

#include "extensions/providers/openai_media.hpp"

namespace millwright::extensions {
namespace {

std::int64_t count(const json::object& object, std::string_view name) {
  constexpr std::int64_t most = 1'000'000'000'000;
  const auto* value = find_member(object, name);
  if (value == nullptr || !value->is_int64()) return 0;
  return std::clamp<std::int64_t>(value->get_int64(), 0, most);
}

std::int64_t detail(const json::object& usage, std::string_view group, std::string_view name) {
  const auto* details = find_member(usage, group);
  return details != nullptr && details->is_object() ? count(details->get_object(), name) : 0;
}

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
  const auto input = count(*usage, "input_tokens");
  const auto output = count(*usage, "output_tokens");
  if (operation == Operation::Speech) {
    tokens.input = input;
    tokens.audio_out = output;
    return tokens;
  }
  if (operation >= Operation::Transcriptions) {
    tokens.audio_in = std::min(input, detail(*usage, "input_token_details", "audio_tokens"));
    tokens.input = input - tokens.audio_in;
    tokens.output = output;
    return tokens;
  }
  tokens.image_in = std::min(input, detail(*usage, "input_tokens_details", "image_tokens"));
  tokens.cache_read = std::min(input - tokens.image_in, detail(*usage, "input_tokens_details", "cached_tokens"));
  tokens.input = input - tokens.image_in - tokens.cache_read;
  // All that comes out is image unless the answer tells them apart.
  tokens.output = std::min(output, detail(*usage, "output_tokens_details", "text_tokens"));
  tokens.image_out = output - tokens.output;
  if (const auto* drawn = object_member(answer, "svg_usage")) {
    tokens.input += count(*drawn, "input_tokens");
    const auto written = count(*drawn, "output_tokens");
    const auto thought = std::min(written, count(*drawn, "reasoning_tokens"));
    tokens.reasoning += thought;
    tokens.output += written - thought;
  }
  return tokens;
}

}  // namespace millwright::extensions
