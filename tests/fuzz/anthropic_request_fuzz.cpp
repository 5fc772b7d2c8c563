// Fuzzes both directions of the Messages dialect on any JSON: nothing crashes, a request that is made has what the API
// requires, alternates its roles and holds no null members; an answer is always a chat.completion.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "extensions/providers/anthropic_messages.hpp"

namespace {

using namespace millwright;

void check_request(const json::object& request) {
  if (!request.contains("max_tokens") || !request.contains("model")) std::abort();
  std::string_view last;
  for (const auto& turn : request.at("messages").as_array()) {
    const auto role = string_member(turn.as_object(), "role");
    if (role == last || (role != "user" && role != "assistant")) std::abort();
    const auto& content = turn.at("content");
    if (content.is_string() ? content.get_string().empty() : content.as_array().empty()) std::abort();
    last = role;
  }
  for (const auto& member : request) {
    if (member.value().is_null()) std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto body = parse_json_object(text, {1u << 20, 64});
  if (!body) return 0;
  for (const auto reasoning : {extensions::AnthropicReasoning::Budget, extensions::AnthropicReasoning::Adaptive}) {
    auto request = extensions::encode_anthropic_request(*body, true, reasoning);
    if (request)
      check_request(*request);
    else if (request.error().where.field.empty())
      std::abort();
  }
  const auto answer = extensions::decode_anthropic_answer(*body, 0);
  if (!answer.at("choices").at(0).at("message").is_object()) std::abort();
  (void)extensions::make_anthropic_failure(0, text, "fuzz");
  return 0;
}
