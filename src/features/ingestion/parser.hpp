// What a kind of document must offer: its text in blocks that keep structure. One file a kind in extensions/parsers.
//
// Parsers run in a sandboxed child process on untrusted bytes; they are pure functions.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace millwright::ingestion {

enum class BlockKind : std::uint8_t { Heading, Paragraph, ListItem, Table, Code, Quote };

struct Block {
  BlockKind kind = BlockKind::Paragraph;
  std::uint8_t level = 0;        // of a heading: 1…6
  std::uint32_t page = 0;        // from 1 where the format has pages
  std::string text;              // UTF-8, white space collapsed except in code; a table has one line a row, cells
                                 // separated by " | "
  bool is_hidden = false;        // invisible to a human reader (display:none, white on white, zero size, vanish)
};

struct ParsedDocument {
  std::string title;
  std::string language;          // BCP 47 as declared by the document, or empty
  std::vector<Block> blocks;
  std::vector<std::string> warnings;
  std::string parser;            // name of the parser that read it
  std::string updated;           // the date the document itself gives for its last change ("2026-08-14"), or empty
};

struct ParseLimits {
  std::size_t text_bytes_max = 32u << 20;
  std::size_t blocks_max = 200'000;
  std::size_t depth_max = 512;
  std::size_t expanded_bytes_max = 256u << 20;   // of a compressed container, all members together
  std::uint32_t pages_max = 5'000;
};

class Parser {
 public:
  virtual ~Parser() = default;
  [[nodiscard]] virtual std::string_view name() const = 0;   // "html"
  /// How sure this parser is that it can read the bytes: 0 no, 100 certain. Content decides before the name's ending.
  [[nodiscard]] virtual int score(std::string_view bytes, std::string_view path) const = 0;
  [[nodiscard]] virtual Result<ParsedDocument> parse(std::string_view bytes, const ParseLimits& limits) const = 0;
};
using Parsers = std::vector<std::unique_ptr<Parser>>;

/// Wire form between the sandboxed child and the parent, and of what is stored as parsed.
[[nodiscard]] std::string encode(const Result<ParsedDocument>& outcome);
[[nodiscard]] Result<ParsedDocument> decode(std::string_view bytes);

/// The date a text gives for itself ("Last reviewed: 2026-08-14"), as "YYYY-MM-DD", or empty.
[[nodiscard]] std::string find_declared_date(const ParsedDocument& document);
/// "a PNG image", "an encrypted or old Office document", …: what bytes that no parser claims seem to be.
[[nodiscard]] std::string_view detected_type(std::string_view bytes);

/// Chooses the parser and runs it; what no parser claims is InvalidInput naming the detected type, and so is a document
/// without any text. Fills in `parser` and `updated`.
[[nodiscard]] Result<ParsedDocument> parse_document(const Parsers& parsers, std::string_view path,
                                                    std::string_view bytes, const ParseLimits& limits);

}  // namespace millwright::ingestion
