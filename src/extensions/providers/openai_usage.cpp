#include "extensions/providers/openai.hpp"

#include <algorithm>

#include "base/json_count.hpp"
#include "extensions/providers/usage_words.hpp"

namespace millwright::extensions {
namespace {

/// `usage`; of a stream's chunk also where Groq (x_groq.usage) and Moonshot (choices[0].usage) put it.
const json::object* find_usage(const json::object& body) {
  const auto* usage = find_member(body, "usage");
  if (usage != nullptr && usage->is_object()) return &usage->get_object();
  const auto* owner = find_member(body, "x_groq");
  if (owner == nullptr) {
    const auto* choices = find_member(body, "choices");
    if (choices != nullptr && choices->is_array() && !choices->get_array().empty())
      owner = &choices->get_array().front();
  }
  usage = owner != nullptr && owner->is_object() ? find_member(owner->get_object(), "usage") : nullptr;
  return usage != nullptr && usage->is_object() ? &usage->get_object() : nullptr;
}

}  // namespace

std::optional<finops::TokenCounts> read_openai_usage(const json::object& body) {
  const auto* found = find_usage(body);
  if (found == nullptr) return std::nullopt;
  const auto& usage = *found;
  // Rerankers that have no prompt of their own report one total.
  const auto* input = find_member(usage, "prompt_tokens") != nullptr ? "prompt_tokens" : "total_tokens";
  if (find_member(usage, input) == nullptr) return std::nullopt;
  const auto prompt = count_member(usage, input);
  auto completion = count_member(usage, "completion_tokens");
  // xAI counts reasoning beside the answer: the total tells.
  const auto thought = count_member(usage, "completion_tokens_details", "reasoning_tokens");
  if (thought > 0 && count_member(usage, "total_tokens") == prompt + completion + thought) completion += thought;
  // Each detail takes its part of what is left, so that the meters stay disjoint whatever a server writes.
  std::int64_t left = prompt;
  const auto take = [&usage, &left](std::string_view group, std::string_view name) {
    const auto part = std::min(left, count_member(usage, group, name));
    left -= part;
    return part;
  };
  constexpr std::string_view in = "prompt_tokens_details", out = "completion_tokens_details";
  finops::TokenCounts tokens;
  tokens.cache_read = take(in, "cached_tokens");
  if (tokens.cache_read == 0) {
    // DeepSeek's name, and Moonshot's.
    tokens.cache_read =
        std::min(left, std::max(count_member(usage, "prompt_cache_hit_tokens"), count_member(usage, "cached_tokens")));
    left -= tokens.cache_read;
  }
  tokens.cache_write_1h = take(in, "cache_write_1h_tokens");
  const auto writes = count_member(usage, in, "cache_write_tokens");
  tokens.cache_write = std::min(left, std::max<std::int64_t>(writes - tokens.cache_write_1h, 0));
  left -= tokens.cache_write;
  tokens.audio_in = take(in, "audio_tokens");
  tokens.image_in = take(in, "image_tokens");
  tokens.input = left;
  left = completion;
  tokens.reasoning = take(out, "reasoning_tokens");
  tokens.audio_out = take(out, "audio_tokens");
  tokens.image_out = take(out, "image_tokens");
  tokens.output = left;
  tokens.tool_requests = billed_tool_requests(usage);
  return tokens;
}

}  // namespace millwright::extensions
