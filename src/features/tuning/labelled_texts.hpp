// Texts that people have labelled, as files hold them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace millwright::tuning {

struct LabelledText {
  std::string text, label;
};

/// CSV (RFC 4180) with a header that names the columns, or one JSON object a line, told apart by the first character.
/// The text stands in "text"; the label in "label", "category" or "task". Empty texts and labels are errors that name
/// the line. At most 2,000,000 examples.
[[nodiscard]] Result<std::vector<LabelledText>> parse_labelled_texts(std::string_view bytes);

}  // namespace millwright::tuning
