// From a tree of elements to blocks of text: what HTML's elements mean for a reader.
#pragma once

#include "extensions/parsers/blocks.hpp"
#include "extensions/parsers/html_tree.hpp"

namespace millwright::extensions {

enum class Boilerplate : std::uint8_t {
  Drop,   // navigation, page headers and footers, tables of contents, and all outside a single <main>
  Keep,
};

/// Writes the blocks below `body`. Hidden text is written wherever it stands, flagged.
[[nodiscard]] Result<void> write_html_blocks(const GumboNode& root, Boilerplate boilerplate,
                                             const ingestion::ParseLimits& limits, BlockWriter& writer);

}  // namespace millwright::extensions
