// The messages of a chat as the system prompt and the alternating turns of the Messages API.
#pragma once

#include "base/json.hpp"

namespace millwright::extensions {

struct AnthropicConversation {
  json::value system;  // null when there is none
  json::array messages;
};
/// System and developer messages go to the system prompt in their order, wherever they stood. Neighbours of one role
/// become one turn; answers of tools belong to the user's. Thinking blocks stand in front of an assistant's content, as
/// they came. Texts without a letter are left out, since the API takes none. InvalidInput names the field.
[[nodiscard]] Result<AnthropicConversation> encode_anthropic_conversation(const json::array& messages);

}  // namespace millwright::extensions
