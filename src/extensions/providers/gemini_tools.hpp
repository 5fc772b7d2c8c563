// Tools and tool choice of the canonical chat in Gemini's words.
#pragma once

#include "base/json.hpp"

namespace millwright::extensions {

/// Adds `tools` and `toolConfig` to `request`, where `body` has them. InvalidInput names a tool Gemini cannot take.
[[nodiscard]] Result<void> add_gemini_tools(const json::object& body, json::object& request);

}  // namespace millwright::extensions
