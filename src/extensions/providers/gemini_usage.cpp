#include <algorithm>

#include "extensions/providers/gemini_answer.hpp"

namespace millwright::extensions {
namespace {

std::int64_t count(const json::object& usage, std::string_view name) {
  constexpr std::int64_t most = 1'000'000'000'000;
  const auto* value = find_member(usage, name);
  if (value == nullptr) return 0;
  if (value->is_int64()) return std::clamp<std::int64_t>(value->get_int64(), 0, most);
  if (value->is_uint64()) return most;
  if (value->is_double() && value->get_double() >= 0 && value->get_double() < 1e12) {
    return static_cast<std::int64_t>(value->get_double());
  }
  return 0;
}

}  // namespace

std::optional<finops::TokenCounts> read_gemini_usage(const json::object& response) {
  const auto* metadata = find_member(response, "usageMetadata");
  if (metadata == nullptr || !metadata->is_object()) return std::nullopt;
  const auto& usage = metadata->get_object();
  if (!usage.contains("promptTokenCount") && !usage.contains("candidatesTokenCount")) return std::nullopt;
  const auto prompt = count(usage, "promptTokenCount");
  const auto tools = count(usage, "toolUsePromptTokenCount");
  const auto answer = count(usage, "candidatesTokenCount");
  finops::TokenCounts tokens;
  tokens.cache_read = std::min(prompt, count(usage, "cachedContentTokenCount"));
  tokens.input = prompt - tokens.cache_read + tools;
  tokens.reasoning = count(usage, "thoughtsTokenCount");
  const auto total = count(usage, "totalTokenCount");
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
