// Content parts of the canonical chat as parts of Gemini: text, inline data, files.
#pragma once

#include <string>
#include <string_view>

#include "base/json.hpp"
#include "features/gateway/gateway.hpp"

namespace millwright::extensions {

/// Appends the parts of a message's `content`: null, a string or a list of parts. InvalidInput names a part that Gemini
/// cannot take.
[[nodiscard]] Result<void> append_gemini_parts(const json::value& content, const std::string& field,
                                               json::array& parts);
/// The texts of a message's `content`, joined by line breaks; InvalidInput for parts that are not text.
[[nodiscard]] Result<std::string> text_of_content(const json::value& content, const std::string& field);

}  // namespace millwright::extensions
