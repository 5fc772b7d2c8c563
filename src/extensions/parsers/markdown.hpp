// Markdown (CommonMark with tables): blocks by structure, raw HTML and comments flagged where a reader cannot see them.
#pragma once

#include <memory>

#include "features/ingestion/parser.hpp"

namespace millwright::extensions {

[[nodiscard]] std::unique_ptr<ingestion::Parser> make_markdown_parser();

}  // namespace millwright::extensions
