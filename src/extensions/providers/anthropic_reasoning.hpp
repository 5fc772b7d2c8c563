// How much a Claude model may think before it answers, from what the caller asked for.
#pragma once

#include "extensions/providers/anthropic_messages.hpp"

namespace millwright::extensions {

/// Puts `thinking`, and `output_config.effort` where efforts are asked for, into `request`, which holds all else.
/// A `thinking` of the caller travels as it is. A `reasoning_effort` is a wish: it gives way to what the API does not
/// allow beside thinking (a forced tool, a limit too small, a tool's answer to a call without its thinking), and
/// sampling parameters give way to it.
void put_anthropic_reasoning(const json::object& body, AnthropicReasoning reasoning, json::object& request);

}  // namespace millwright::extensions
