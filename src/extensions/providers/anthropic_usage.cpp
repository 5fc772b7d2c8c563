#include <algorithm>

#include "base/json_count.hpp"
#include "extensions/providers/anthropic_messages.hpp"

namespace millwright::extensions {
namespace {

struct CacheWrites {
  std::int64_t all = 0, for_an_hour = 0;
};

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
  const auto writes = cache_writes(usage);
  tokens.cache_write_1h = writes.for_an_hour;
  tokens.cache_write = writes.all - writes.for_an_hour;
  const auto output = count_member(usage, "output_tokens");
  tokens.reasoning = std::min(output, count_member(usage, "output_tokens_details", "thinking_tokens"));
  tokens.output = output - tokens.reasoning;
  if (const auto* tools = find_member(usage, "server_tool_use"); tools != nullptr && tools->is_object()) {
    for (const auto& tool : tools->get_object()) tokens.tool_requests += count_member(tools->get_object(), tool.key());
  }
  return tokens;
}

json::object render_anthropic_usage(const json::object& usage) {
  const auto read = count_member(usage, "cache_read_input_tokens");
  const auto writes = cache_writes(usage);
  const auto prompt = count_member(usage, "input_tokens") + read + writes.all;
  const auto completion = count_member(usage, "output_tokens");
  json::object details{{"cached_tokens", read}, {"cache_write_tokens", writes.all}};
  if (writes.for_an_hour > 0) details["cache_write_1h_tokens"] = writes.for_an_hour;
  json::object rendered{{"prompt_tokens", prompt},
                        {"completion_tokens", completion},
                        {"total_tokens", prompt + completion},
                        {"prompt_tokens_details", std::move(details)}};
  if (const auto* outputs = find_member(usage, "output_tokens_details"); outputs != nullptr && outputs->is_object()) {
    rendered["completion_tokens_details"] =
        json::object{{"reasoning_tokens", count_member(usage, "output_tokens_details", "thinking_tokens")}};
  }
  for (const auto& member : usage) {
    const auto key = member.key();
    const bool is_translated = key == "input_tokens" || key == "output_tokens" || key == "cache_read_input_tokens" ||
                               key == "cache_creation_input_tokens" || key == "cache_creation" ||
                               key == "output_tokens_details";
    if (!is_translated && !member.value().is_null()) rendered.emplace(key, member.value());
  }
  return rendered;
}

}  // namespace millwright::extensions
