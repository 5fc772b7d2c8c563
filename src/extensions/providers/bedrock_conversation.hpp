// The messages of a canonical chat as the turns of Converse.
#pragma once

#include <string_view>

#include "base/json.hpp"

namespace millwright::extensions {

struct BedrockConversation {
  json::array system;       // blocks; may be empty
  json::array messages;     // turns of user and assistant, one after the other
  json::array tool_names;   // of the calls in it, each once
};

/// Messages of one speaker in a row become one turn; system texts go in front. Only objects
/// below `s3_prefix` may be named in S3. Errors name the field.
[[nodiscard]] Result<BedrockConversation> encode_bedrock_conversation(const json::array& messages,
                                                                      std::string_view s3_prefix);

}  // namespace millwright::extensions
