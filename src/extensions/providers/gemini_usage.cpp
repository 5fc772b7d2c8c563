#include <algorithm>

#include "base/json_count.hpp"
#include "extensions/providers/gemini_answer.hpp"

namespace millwright::extensions {
std::optional<finops::TokenCounts> read_gemini_usage(const json::object& response) {
  const auto* metadata = find_member(response, "usageMetadata");
  if (metadata == nullptr || !metadata->is_object()) return std::nullopt;
  const auto& usage = metadata->get_object();
  if (!usage.contains("promptTokenCount") && !usage.contains("candidatesTokenCount")) return std::nullopt;
  const auto prompt = count_member(usage, "promptTokenCount");
  const auto tools = count_member(usage, "toolUsePromptTokenCount");
  const auto answer = count_member(usage, "candidatesTokenCount");
  finops::TokenCounts tokens;
  tokens.cache_read = std::min(prompt, count_member(usage, "cachedContentTokenCount"));
  tokens.input = prompt - tokens.cache_read + tools;
  tokens.reasoning = count_member(usage, "thoughtsTokenCount");
  const auto total = count_member(usage, "totalTokenCount");
  const bool is_inclusive = tokens.reasoning > 0 && tokens.reasoning <= answer && total == prompt + tools + answer;
  tokens.output = is_inclusive ? answer - tokens.reasoning : answer;
  return tokens;
}

json::object render_usage(const finops::TokenCounts& tokens) {
  const auto prompt = tokens.input + tokens.cache_read + tokens.cache_write;
  const auto completion = tokens.output + tokens.reasoning;
  return {{"prompt_tokens", prompt},
          {"completion_tokens", completion},
          {"total_tokens", prompt + completion},
          {"prompt_tokens_details", json::object{{"cached_tokens", tokens.cache_read}}},
          {"completion_tokens_details", json::object{{"reasoning_tokens", tokens.reasoning}}}};
}

}  // namespace millwright::extensions
