#include "extensions/providers/openai.hpp"

namespace millwright::extensions {
namespace {

std::int64_t count(const json::object& object, std::string_view name) {
  const auto* value = find_member(object, name);
  if (value == nullptr) return 0;
  if (value->is_int64()) return std::max<std::int64_t>(value->get_int64(), 0);
  if (value->is_uint64()) return static_cast<std::int64_t>(std::min<std::uint64_t>(value->get_uint64(), INT64_MAX));
  if (value->is_double() && value->get_double() >= 0 && value->get_double() < 1e15) {
    return static_cast<std::int64_t>(value->get_double());
  }
  return 0;
}

std::int64_t detail(const json::object& usage, std::string_view group, std::string_view name) {
  const auto* details = find_member(usage, group);
  return details != nullptr && details->is_object() ? count(details->get_object(), name) : 0;
}

}  // namespace

std::optional<finops::TokenCounts> read_openai_usage(const json::object& body) {
  const auto* usage_value = find_member(body, "usage");
  if (usage_value == nullptr || !usage_value->is_object()) return std::nullopt;
  const auto& usage = usage_value->get_object();
  // Rerankers that have no prompt of their own report one total.
  const auto* input = find_member(usage, "prompt_tokens") != nullptr ? "prompt_tokens" : "total_tokens";
  if (find_member(usage, input) == nullptr) return std::nullopt;
  const auto prompt = count(usage, input);
  const auto completion = count(usage, "completion_tokens");
  // Each detail takes its part of what is left, so that the meters stay disjoint whatever a server writes.
  std::int64_t left = prompt;
  const auto take = [&usage, &left](std::string_view group, std::string_view name) {
    const auto part = std::min(left, detail(usage, group, name));
    left -= part;
    return part;
  };
  constexpr std::string_view in = "prompt_tokens_details", out = "completion_tokens_details";
  finops::TokenCounts tokens;
  tokens.cache_read = take(in, "cached_tokens");
  tokens.cache_write_1h = take(in, "cache_write_1h_tokens");
  const auto writes = detail(usage, in, "cache_write_tokens");
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
  if (const auto* tools = find_member(usage, "server_tool_use"); tools != nullptr && tools->is_object()) {
    for (const auto& [name, requests] : tools->get_object()) tokens.tool_requests += count(tools->get_object(), name);
  }
  return tokens;
}

}  // namespace millwright::extensions
