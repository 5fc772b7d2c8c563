// The messages of the canonical chat as Gemini's `contents` and `systemInstruction`.
#pragma once

#include <string_view>

#include "base/json.hpp"

namespace millwright::extensions {

/// Adds `contents`, and `systemInstruction` where system messages are, to `request`. Answers of tools stand together in
/// the order of their calls, each with the name of its call. InvalidInput names the message that cannot be sent.
[[nodiscard]] Result<void> add_gemini_contents(const json::object& body, json::object& request);

/// Starts the ids this product gives to calls that came without one. They are never sent to the provider.
inline constexpr std::string_view made_call_id_prefix = "call_mw_";

}  // namespace millwright::extensions
