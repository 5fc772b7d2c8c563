// The canonical chat as the request of a server that speaks OpenAI's chat completions.
#pragma once

#include <optional>

#include "base/json.hpp"
#include "extensions/providers/openai_presets.hpp"

namespace millwright::extensions {

/// What has to change before `body` may go to such a server; nothing when it can go as it stands. Members that are the
/// canonical chat's own (docs/decisions/0005) are said in the server's words or left out; blocks of another dialect,
/// and fields that the preset refuses, are InvalidInput by their name: another provider may take them. What a caller
/// sent in OpenAI's words stays as it is, and nothing is added that nobody asked for.
[[nodiscard]] Result<std::optional<json::object>> encode_openai_chat(const json::object& body,
                                                                     const OpenAiPreset& preset);

}  // namespace millwright::extensions
