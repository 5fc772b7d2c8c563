// What several checks share: arguments that are texts, and comparing texts the way people read them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "features/evaluation/evaluation.hpp"

namespace millwright::extensions {

/// A text or a list of texts; numbers and booleans as they are written.
[[nodiscard]] std::vector<std::string> texts_of(const json::value& argument);
/// InvalidInput unless there is at least one text and none is blank.
[[nodiscard]] Result<void> check_texts(const json::value& argument);
/// InvalidInput unless it is true or false.
[[nodiscard]] Result<void> check_boolean(const json::value& argument);

/// Ignores case, Unicode form, kinds of quotes and dashes, and amounts of white space.
[[nodiscard]] bool contains_text(std::string_view haystack, std::string_view needle);

/// Nothing was answered on purpose: blocked by a rule, or a text that says it does not know or may not say.
[[nodiscard]] bool is_refusal(const evaluation::Answer& answer);

/// The start of an answer, for reasons.
[[nodiscard]] std::string excerpt(std::string_view text);

}  // namespace millwright::extensions
