// Tokens of a whole canonical chat: its texts by the model's tokeniser, and what frames them.
#pragma once

#include <cstdint>
#include <limits>

#include "base/json.hpp"
#include "base/tokens/tokeniser.hpp"

namespace millwright::gateway {

/// Exact when every part of the chat is text, the tokeniser is exact, and messages are framed as OpenAI's chat models
/// do: three tokens and its role a message, three for the answer's beginning. Tools, pictures and files are estimated.
/// Stops soon after more than `tokens_max`.
[[nodiscard]] tokens::Count count_chat(const json::object& chat, const tokens::Tokeniser& tokeniser,
                                       std::int64_t tokens_max = std::numeric_limits<std::int64_t>::max());

/// How much less than its bytes the text of the messages is certain to be in tokens: what may be taken from
/// input_tokens_bound when `encoding` is the model's own. 0 or more.
[[nodiscard]] std::int64_t bound_slack(const json::object& chat, tokens::Encoding encoding);

}  // namespace millwright::gateway
