// PDF: text page by page, headings from the outline, running headers removed; encrypted and bloated files are refused.
#pragma once

#include <memory>

#include "features/ingestion/parser.hpp"

namespace millwright::extensions {

[[nodiscard]] std::unique_ptr<ingestion::Parser> make_pdf_parser();

}  // namespace millwright::extensions
