// Tokens of a whole canonical chat: its texts by the model's tokeniser, and what frames them.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>

#include "base/json.hpp"
#include "base/tokens/tokeniser.hpp"

namespace millwright::gateway {

/// Exact when every part of the chat is text, the tokeniser is exact, and messages are framed as OpenAI's chat models
/// do: three tokens and its role a message, three for the answer's beginning. Tools, pictures and files are estimated.
/// Stops soon after more than `tokens_max`.
[[nodiscard]] tokens::Count count_chat(const json::object& chat, const tokens::Tokeniser& tokeniser,
                                       std::int64_t tokens_max = std::numeric_limits<std::int64_t>::max());

/// The most tokens, by any tokeniser, of a chat that is text alone: one a byte, and its frames. Nothing for a chat that
/// holds more: tools and their calls, pictures, files, reasoning.
[[nodiscard]] std::optional<std::int64_t> text_bound(const json::object& chat);

/// Tokens of the texts that a request of another kind than chat sends (input, prompt, query, documents); a number in a
/// list is a token. Stops soon after more than `tokens_max`.
[[nodiscard]] tokens::Count count_inputs(const json::object& request, const tokens::Tokeniser& tokeniser,
                                         std::int64_t tokens_max = std::numeric_limits<std::int64_t>::max());

/// What a chat has at least, whatever its other parts cost: its messages' texts and frames, and `further` texts that
/// will stand before them. For exact tokenisers. Stops soon after more than `tokens_max`.
[[nodiscard]] std::int64_t count_least(const json::object& chat, std::span<const std::string> further,
                                       const tokens::Tokeniser& tokeniser, std::int64_t tokens_max);

/// How much less than its bytes the text of the messages is certain to be in tokens: what may be taken from
/// input_tokens_bound when `encoding` is the model's own. 0 or more.
[[nodiscard]] std::int64_t bound_slack(const json::object& chat, tokens::Encoding encoding);

}  // namespace millwright::gateway
