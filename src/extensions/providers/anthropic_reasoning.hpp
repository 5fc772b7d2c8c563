// How much a Claude model may think before it answers, from what the caller asked for.
#pragma once

#include "extensions/providers/anthropic_messages.hpp"

namespace millwright::extensions {

/// Puts `thinking`, and `output_config.effort` where efforts are asked for, into `request`, which holds all else.
/// A `thinking` of the caller travels as it is. A `reasoning_effort` is a wish: it gives way to what the API does not
/// allow beside thinking (a forced tool, a limit too small, a tool's answer to a call without its thinking), and
/// sampling parameters give way to it.
void put_anthropic_reasoning(const json::object& body, AnthropicReasoning reasoning, json::object& request);

/// The members `thinking`, and `output_config` with an effort where efforts are asked for, that a `reasoning_effort`
/// becomes in an answer of at most `limit` tokens; empty when it means none, or when none fits below the limit.
[[nodiscard]] json::object plan_anthropic_thinking(std::string_view effort, std::int64_t limit,
                                                   AnthropicReasoning reasoning);

}  // namespace millwright::extensions
