#include <algorithm>
#include <array>

#include "base/json_count.hpp"
#include "extensions/providers/bedrock_messages.hpp"

namespace millwright::extensions {
namespace {

struct CacheWrites {
  std::int64_t all = 0, for_an_hour = 0;
};

/// The total, and its split by lifetime where there is one.
CacheWrites cache_writes(const json::object& usage) {
  CacheWrites writes;
  std::int64_t split = 0;
  const auto* details = find_member(usage, "cacheDetails");
  if (details != nullptr && details->is_array()) {
    for (const auto& detail : details->get_array()) {
      if (!detail.is_object()) continue;
      const auto tokens = count_member(detail.get_object(), "inputTokens");
      split += tokens;
      if (string_member(detail.get_object(), "ttl") == "1h") writes.for_an_hour += tokens;
    }
  }
  writes.all = std::max(split, count_member(usage, "cacheWriteInputTokens"));
  return writes;
}

}  // namespace

std::optional<finops::TokenCounts> read_bedrock_usage(const json::object& usage) {
  if (find_member(usage, "inputTokens") == nullptr && find_member(usage, "outputTokens") == nullptr) {
    return std::nullopt;
  }
  finops::TokenCounts tokens;
  tokens.input = count_member(usage, "inputTokens");
  tokens.cache_read = count_member(usage, "cacheReadInputTokens");
  const auto writes = cache_writes(usage);
  tokens.cache_write_1h = writes.for_an_hour;
  tokens.cache_write = writes.all - writes.for_an_hour;
  tokens.output = count_member(usage, "outputTokens");
  return tokens;
}

json::object render_bedrock_usage(const json::object& usage) {
  const auto read = count_member(usage, "cacheReadInputTokens");
  const auto writes = cache_writes(usage);
  const auto prompt = count_member(usage, "inputTokens") + read + writes.all;
  const auto completion = count_member(usage, "outputTokens");
  json::object details{{"cached_tokens", read}, {"cache_write_tokens", writes.all}};
  if (writes.for_an_hour > 0) details["cache_write_1h_tokens"] = writes.for_an_hour;
  json::object rendered{{"prompt_tokens", prompt},
                        {"completion_tokens", completion},
                        {"total_tokens", prompt + completion},
                        {"prompt_tokens_details", std::move(details)}};
  constexpr std::array<std::string_view, 8> translated{
      "inputTokens",           "outputTokens",          "totalTokens",          "cacheReadInputTokens",
      "cacheWriteInputTokens", "cacheReadInputTokenCount", "cacheWriteInputTokenCount", "cacheDetails"};
  for (const auto& member : usage) {
    const std::string_view key = member.key();
    if (!member.value().is_null() && std::ranges::find(translated, key) == translated.end()) {
      rendered.emplace(key, member.value());
    }
  }
  return rendered;
}

}  // namespace millwright::extensions
