#include "extensions/providers/usage_words.hpp"

#include <algorithm>

#include "base/json_count.hpp"

namespace millwright::extensions {

std::int64_t billed_tool_requests(const json::object& usage) {
  const auto* tools = find_member(usage, "server_tool_use");
  if (tools == nullptr || !tools->is_object()) return 0;
  std::int64_t requests = 0;
  for (const auto& tool : tools->get_object()) {
    if (tool.key() != "web_fetch_requests") requests += count_member(tools->get_object(), tool.key());
  }
  return requests;
}

void put_cache_writes(const CacheWrites& writes, finops::TokenCounts& tokens) {
  tokens.cache_write_1h = writes.for_an_hour;
  tokens.cache_write = writes.all - writes.for_an_hour;
}

json::object render_apart_usage(const finops::TokenCounts& tokens, const json::object& reported,
                                std::span<const std::string_view> translated) {
  const auto writes = tokens.cache_write + tokens.cache_write_1h;
  const auto prompt = tokens.input + tokens.cache_read + writes;
  const auto completion = tokens.output + tokens.reasoning;
  json::object details{{"cached_tokens", tokens.cache_read}, {"cache_write_tokens", writes}};
  if (tokens.cache_write_1h > 0) details["cache_write_1h_tokens"] = tokens.cache_write_1h;
  json::object rendered{{"prompt_tokens", prompt},
                        {"completion_tokens", completion},
                        {"total_tokens", prompt + completion},
                        {"prompt_tokens_details", std::move(details)}};
  for (const auto& member : reported) {
    const std::string_view key = member.key();
    if (!member.value().is_null() && std::ranges::find(translated, key) == translated.end()) {
      rendered.emplace(key, member.value());
    }
  }
  return rendered;
}

}  // namespace millwright::extensions
