#include <algorithm>
#include <array>

#include "extensions/providers/bedrock_messages.hpp"

namespace millwright::extensions {
namespace {

constexpr std::int64_t count_max = 1'000'000'000'000;  // beyond any answer: nonsense, and sums stay in range

std::int64_t count(const json::object& object, std::string_view name) {
  const auto* value = find_member(object, name);
  if (value == nullptr) return 0;
  if (value->is_int64()) return std::clamp<std::int64_t>(value->get_int64(), 0, count_max);
  if (value->is_uint64()) return count_max;
  if (value->is_double() && value->get_double() >= 0 && value->get_double() < 1e12) {
    return static_cast<std::int64_t>(value->get_double());
  }
  return 0;
}

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
      const auto tokens = count(detail.get_object(), "inputTokens");
      split += tokens;
      if (string_member(detail.get_object(), "ttl") == "1h") writes.for_an_hour += tokens;
    }
  }
  writes.all = std::max(split, count(usage, "cacheWriteInputTokens"));
  return writes;
}

}  // namespace

std::optional<finops::TokenCounts> read_bedrock_usage(const json::object& usage) {
  if (find_member(usage, "inputTokens") == nullptr && find_member(usage, "outputTokens") == nullptr) {
    return std::nullopt;
  }
  finops::TokenCounts tokens;
  tokens.input = count(usage, "inputTokens");
  tokens.cache_read = count(usage, "cacheReadInputTokens");
  const auto writes = cache_writes(usage);
  tokens.cache_write_1h = writes.for_an_hour;
  tokens.cache_write = writes.all - writes.for_an_hour;
  tokens.output = count(usage, "outputTokens");
  return tokens;
}

json::object render_bedrock_usage(const json::object& usage) {
  const auto read = count(usage, "cacheReadInputTokens");
  const auto writes = cache_writes(usage);
  const auto prompt = count(usage, "inputTokens") + read + writes.all;
  const auto completion = count(usage, "outputTokens");
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
