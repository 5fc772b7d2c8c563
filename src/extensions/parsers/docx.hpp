// Word documents (Office Open XML): headings from styles, lists, tables, hidden runs flagged; archives are not trusted.
#pragma once

#include <memory>

#include "features/ingestion/parser.hpp"

namespace millwright::extensions {

[[nodiscard]] std::unique_ptr<ingestion::Parser> make_docx_parser();

}  // namespace millwright::extensions
