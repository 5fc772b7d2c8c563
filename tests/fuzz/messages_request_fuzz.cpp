// Any JSON as a Messages request: decoded into a chat that the gateway takes, or refused with the field at fault.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "api/anthropic/request.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "features/gateway/chat.hpp"
#include "features/gateway/token_counts.hpp"

using namespace millwright;
using api::anthropic::OutputLimit;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto request = parse_json_object(std::string_view(reinterpret_cast<const char*>(data), size));
  if (!request) return 0;
  auto chat = api::anthropic::decode_request(*request, OutputLimit::Optional);
  if (!chat) {
    ensure(!chat.error().where.field.empty(), "a refusal names the field");
    return 0;
  }
  ensure(!first_invalid_utf8(json::serialize(*chat)), "what was decoded is valid UTF-8");
  ensure(gateway::count_chat(*chat, {}).tokens > 0, "every request has tokens");
  const auto checked = gateway::parse_chat_request(std::move(*chat));
  if (!checked) ensure(!checked.error().where.field.empty(), "a refusal of the gateway names the field");
  return 0;
}
