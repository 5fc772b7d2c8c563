// Tools and the choice among them, from a Messages request to the canonical chat.
#pragma once

#include "base/json.hpp"

namespace millwright::api::anthropic {

/// Puts `tools`, `tool_choice` and `parallel_tool_calls` into `chat`. Tools that the provider runs itself (a type that
/// is not "custom") become native ones. InvalidInput names the field.
[[nodiscard]] Result<void> put_tools(const json::object& request, json::object& chat);

}  // namespace millwright::api::anthropic
