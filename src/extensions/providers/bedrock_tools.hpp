// Tools of a canonical chat as the toolConfig of Converse.
#pragma once

#include "base/json.hpp"

namespace millwright::extensions {

/// Sets `toolConfig` where the chat needs one. Converse wants tools declared wherever calls of them stand in the
/// conversation: `called` are their names. Errors name the field.
[[nodiscard]] Result<void> put_bedrock_tools(const json::object& body, const json::array& called,
                                             json::object& request);

/// Whether the model has to call a tool.
[[nodiscard]] bool is_bedrock_tool_forced(const json::object& request);

}  // namespace millwright::extensions
