#include <algorithm>
#include <array>

#include "base/json_count.hpp"
#include "extensions/providers/bedrock_messages.hpp"
#include "extensions/providers/usage_words.hpp"

namespace millwright::extensions {
namespace {

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
  put_cache_writes(cache_writes(usage), tokens);
  tokens.output = count_member(usage, "outputTokens");
  return tokens;
}

json::object render_bedrock_usage(const json::object& usage) {
  constexpr std::array<std::string_view, 8> translated{
      "inputTokens",           "outputTokens",             "totalTokens",               "cacheReadInputTokens",
      "cacheWriteInputTokens", "cacheReadInputTokenCount", "cacheWriteInputTokenCount", "cacheDetails"};
  return render_apart_usage(read_bedrock_usage(usage).value_or(finops::TokenCounts()), usage, translated);
}

}  // namespace millwright::extensions
