// The system prompt and the turns of a Messages request as messages of the canonical chat.
#pragma once

#include "base/json.hpp"

namespace millwright::api::anthropic {

/// Every block keeps its place: results of tools become messages of role tool, and a turn of the assistant becomes more
/// than one message where its thinking, content and calls come in another order than a message has. InvalidInput names
/// the field.
[[nodiscard]] Result<json::array> decode_conversation(const json::object& request);

}  // namespace millwright::api::anthropic
