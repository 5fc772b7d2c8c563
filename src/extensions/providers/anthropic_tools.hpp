// Tools and the choice among them, from the canonical chat to the Messages API.
#pragma once

#include "base/json.hpp"

namespace millwright::extensions {

/// Puts `tools` and `tool_choice` into `request`. Functions become tools, tools of the provider itself travel as they
/// are, parallel_tool_calls becomes its opposite. InvalidInput names what the API has no place for.
[[nodiscard]] Result<void> put_anthropic_tools(const json::object& body, json::object& request);

}  // namespace millwright::extensions
