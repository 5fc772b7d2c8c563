// Any bytes as a request for a response or a completion: refused by a field, or a chat that the gateway takes.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "api/openai/completions_wire.hpp"
#include "api/openai/responses_request.hpp"
#include "features/gateway/chat.hpp"

using namespace millwright;

namespace {

void check_chat(json::object chat) {
  // What a provider alone can judge may still be wrong, but never without naming a field.
  const auto parsed = gateway::parse_chat_request(std::move(chat));
  ensure(parsed || !parsed.error().where.field.empty(), "a refused chat names its field");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  auto body = parse_json_object(text, {.bytes_max = 1u << 20, .depth_max = 32});
  if (!body) return 0;
  auto prompts = api::openai::parse_completions_request(*body);
  ensure(prompts || !prompts.error().where.field.empty(), "a refused completion names its field");
  if (prompts) check_chat(api::openai::chat_of(*prompts, 0));
  auto request = api::openai::parse_responses_request(std::move(*body));
  ensure(request || !request.error().where.field.empty(), "a refused response names its field");
  if (!request) return 0;
  auto chat = api::openai::chat_of(*request, {});
  ensure(chat || !chat.error().where.field.empty(), "refused items name their field");
  if (chat) check_chat(std::move(*chat));
  api::openai::number_items(request->input, "0");
  // What is kept becomes the conversation before a next request.
  static_cast<void>(api::openai::chat_of(*request, request->input).has_value());
  return 0;
}
