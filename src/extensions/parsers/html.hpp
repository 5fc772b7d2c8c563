// HTML and XHTML pages: main content in blocks, boilerplate dropped, text that readers cannot see flagged.
#pragma once

#include <memory>

#include "extensions/parsers/blocks.hpp"
#include "features/ingestion/parser.hpp"

namespace millwright::extensions {

[[nodiscard]] std::unique_ptr<ingestion::Parser> make_html_parser();

}  // namespace millwright::extensions
