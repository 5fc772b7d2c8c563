// Tools, the choice among them and the format of the answer: Responses' flat shapes as chat completions' nested ones.
#pragma once

#include "base/json.hpp"

namespace millwright::api::openai {

/// Reads `tools` and `tool_choice` of `body` into `chat`, and what the response repeats of them into `shown`. Only
/// function tools can travel; another kind is refused by its name.
[[nodiscard]] Result<void> read_tools(const json::object& body, json::object& chat, json::object& shown);
/// The same for `text`: format and verbosity.
[[nodiscard]] Result<void> read_text_format(const json::object& body, json::object& chat, json::object& shown);

}  // namespace millwright::api::openai
