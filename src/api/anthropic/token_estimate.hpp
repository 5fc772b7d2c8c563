// How many tokens a text or a chat is likely to have, without the tokeniser of any model.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/json.hpp"

namespace millwright::api::anthropic {

/// By classes of characters: words of letters in pieces of six, numbers in pieces of three, one token a sign, one a
/// character of scripts without spaces, half a one of other alphabets. An estimate, neither bound.
[[nodiscard]] std::int64_t estimate_text_tokens(std::string_view text);

/// Of a canonical chat: texts, calls and tools with what frames them; pictures and files by a flat amount or their
/// size.
[[nodiscard]] std::int64_t estimate_chat_tokens(const json::object& chat);

}  // namespace millwright::api::anthropic
