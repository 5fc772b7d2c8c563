// Choosing the parser for a document by its content, and naming what none of them can read.
#include "base/text.hpp"
#include "features/ingestion/parser.hpp"

namespace millwright::ingestion {

namespace {

struct Magic {
  std::string_view bytes;
  std::string_view name;
};
constexpr std::array<Magic, 16> magics{{
    {"%PDF-", "a PDF document"},
    {"\x89PNG", "a PNG image"},
    {"\xFF\xD8\xFF", "a JPEG image"},
    {"GIF8", "a GIF image"},
    {"RIFF", "a RIFF media file"},
    {"PK\x03\x04", "a ZIP container"},
    {"PK\x05\x06", "an empty ZIP container"},
    {"\x1F\x8B", "a gzip file"},
    {"BZh", "a bzip2 file"},
    {"\xFD" "7zXZ", "an xz file"},
    {"7z\xBC\xAF", "a 7-Zip archive"},
    {"\x7F" "ELF", "a program"},
    {"MZ", "a program"},
    {"\xD0\xCF\x11\xE0", "an old or encrypted Office document"},
    {"{\\rtf", "a Rich Text document"},
    {"SQLite format 3", "an SQLite database"},
}};

bool has_visible_text(const ParsedDocument& document) {
  return std::ranges::any_of(document.blocks, [](const Block& block) { return !block.is_hidden; });
}

}  // namespace

std::string_view detected_type(std::string_view bytes) {
  if (bytes.empty()) return "an empty file";
  for (const Magic& magic : magics) {
    if (bytes.starts_with(magic.bytes)) return magic.name;
  }
  const std::string_view head = bytes.substr(0, 4096);
  if (head.find('\0') != std::string_view::npos) return "binary data";
  return first_invalid_utf8(utf8_prefix(head, head.size())) ? "text in an unknown character set or binary data" : "text";
}

Result<ParsedDocument> parse_document(const Parsers& parsers, std::string_view path, std::string_view bytes,
                                      const ParseLimits& limits) {
  const Parser* best = nullptr;
  int best_score = 0;
  for (const auto& parser : parsers) {
    const int score = parser->score(bytes, path);
    if (score > best_score) best_score = score, best = parser.get();
  }
  if (best == nullptr) {
    auto refused = fail(ErrorCode::InvalidInput, "no parser reads {}", detected_type(bytes));
    refused.error().rule = "parse.type";
    return refused;
  }
  auto document = best->parse(bytes, limits);
  if (!document) {
    if (document.error().rule.empty()) document.error().rule = "parse." + std::string(best->name());
    return document;
  }
  if (!has_visible_text(*document)) {
    auto refused = fail(ErrorCode::InvalidInput, "the document holds no text");
    refused.error().rule = "parse.empty";
    return refused;
  }
  document->parser = best->name();
  if (const std::string stated = find_declared_date(*document); !stated.empty()) document->updated = stated;
  return document;
}

}  // namespace millwright::ingestion
