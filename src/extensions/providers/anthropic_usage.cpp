#include <algorithm>
#include <array>

#include "base/json_count.hpp"
#include "extensions/providers/anthropic_messages.hpp"
#include "extensions/providers/usage_words.hpp"

namespace millwright::extensions {
namespace {

/// The total and its split by lifetime; old answers have the total alone.
CacheWrites cache_writes(const json::object& usage) {
  CacheWrites writes;
  writes.for_an_hour = count_member(usage, "cache_creation", "ephemeral_1h_input_tokens");
  const auto split = writes.for_an_hour + count_member(usage, "cache_creation", "ephemeral_5m_input_tokens");
  writes.all = std::max(split, count_member(usage, "cache_creation_input_tokens"));
  return writes;
}

}  // namespace

std::optional<finops::TokenCounts> read_anthropic_usage(const json::object& usage) {
  if (find_member(usage, "input_tokens") == nullptr && find_member(usage, "output_tokens") == nullptr) {
    return std::nullopt;
  }
  finops::TokenCounts tokens;
  tokens.input = count_member(usage, "input_tokens");
  tokens.cache_read = count_member(usage, "cache_read_input_tokens");
  put_cache_writes(cache_writes(usage), tokens);
  const auto output = count_member(usage, "output_tokens");
  tokens.reasoning = std::min(output, count_member(usage, "output_tokens_details", "thinking_tokens"));
  tokens.output = output - tokens.reasoning;
  tokens.tool_requests = billed_tool_requests(usage);
  return tokens;
}

json::object render_anthropic_usage(const json::object& usage) {
  constexpr std::array<std::string_view, 6> translated{
      "input_tokens",   "output_tokens",        "cache_read_input_tokens", "cache_creation_input_tokens",
      "cache_creation", "output_tokens_details"};
  const auto tokens = read_anthropic_usage(usage).value_or(finops::TokenCounts());
  auto rendered = render_apart_usage(tokens, usage, translated);
  if (const auto* outputs = find_member(usage, "output_tokens_details"); outputs != nullptr && outputs->is_object()) {
    rendered["completion_tokens_details"] = json::object{{"reasoning_tokens", tokens.reasoning}};
  }
  return rendered;
}

}  // namespace millwright::extensions
