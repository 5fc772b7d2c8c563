// Collects the blocks of a document being parsed, cleans their text and holds the limits.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "features/ingestion/parser.hpp"

namespace millwright::extensions {

/// Text as people see it: valid UTF-8 without controls, soft hyphens, bidirectional overrides and zero-width marks
/// (joiners that scripts need stay). `smuggled` receives what invisible tag characters (U+E0000…) spell out.
[[nodiscard]] std::string visible_text(std::string_view text, std::string& smuggled);
/// Spaces at the ends of lines and blank lines around code are dropped; indentation stays.
[[nodiscard]] std::string trimmed_code(std::string_view text);

class BlockWriter {
 public:
  explicit BlockWriter(const ingestion::ParseLimits& limits) : limits_(limits) {}

  /// Adds a block unless it is empty. White space is collapsed but in code; the rows of a table keep their line ends.
  void add(ingestion::Block block);
  void warn(std::string warning);
  /// True once a limit was exceeded: parsers stop early, finish() gives the error.
  [[nodiscard]] bool is_over() const { return over_.has_value(); }
  [[nodiscard]] ingestion::ParsedDocument& document() { return document_; }
  [[nodiscard]] Result<ingestion::ParsedDocument> finish();

 private:
  void push(ingestion::Block block);

  ingestion::ParseLimits limits_;
  ingestion::ParsedDocument document_;
  std::size_t text_bytes_ = 0;
  std::optional<Error> over_;
};

}  // namespace millwright::extensions
