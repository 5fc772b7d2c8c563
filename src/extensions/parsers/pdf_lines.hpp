// Pages of a PDF, given as lines, become paragraphs and headings: running headers go, split words are joined.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "extensions/parsers/blocks.hpp"

namespace millwright::extensions {

struct PdfPage {
  std::uint32_t number = 0;
  std::vector<std::string> lines;   // trimmed; an empty line separates paragraphs
};

/// Titles of the outline, folded for comparison, with their level (1…6).
using Outline = std::map<std::string, std::uint8_t>;
[[nodiscard]] std::string folded_title(std::string_view title);

/// Lines that open or close at least half the pages, digits aside, and lines that are only a page number, are removed.
void remove_running_lines(std::vector<PdfPage>& pages);
void write_pages(const std::vector<PdfPage>& pages, const Outline& outline, BlockWriter& writer);

}  // namespace millwright::extensions
