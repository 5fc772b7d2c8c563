// Plain text in any character set: paragraphs, underlined headings, lists, indented code; binary bytes are refused.
#pragma once

#include <memory>

#include "features/ingestion/parser.hpp"

namespace millwright::extensions {

[[nodiscard]] std::unique_ptr<ingestion::Parser> make_text_parser();

}  // namespace millwright::extensions
