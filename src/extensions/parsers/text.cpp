#include "extensions/parsers/text.hpp"

#include "base/text.hpp"
#include "extensions/parsers/blocks.hpp"
#include "extensions/parsers/charset.hpp"

namespace millwright::extensions {

namespace {

using ingestion::BlockKind;

constexpr std::size_t title_bytes_max = 120;

/// '=' or '-' when the whole line underlines a heading, else '\0'.
char underline_of(std::string_view line) {
  const std::string_view bare = trimmed(line);
  if (bare.size() < 3 || (bare[0] != '=' && bare[0] != '-' && bare[0] != '~')) return '\0';
  return bare.find_first_not_of(bare[0]) == std::string_view::npos ? bare[0] : '\0';
}

bool is_list_line(std::string_view line) {
  const std::string_view bare = trimmed(line);
  if (bare.size() > 2 && (bare[0] == '-' || bare[0] == '*' || bare[0] == '+') && bare[1] == ' ') return true;
  std::size_t digits = 0;
  while (digits < bare.size() && bare[digits] >= '0' && bare[digits] <= '9') ++digits;
  return digits > 0 && digits < 4 && digits + 1 < bare.size() && (bare[digits] == '.' || bare[digits] == ')') &&
         bare[digits + 1] == ' ';
}

/// A short line in capitals, standing alone, titles what follows.
bool is_capital_heading(std::string_view line) {
  const std::string_view bare = trimmed(line);
  if (bare.size() < 4 || bare.size() > 80) return false;
  std::size_t capitals = 0;
  for (const char c : bare) {
    if (c >= 'a' && c <= 'z') return false;
    if (c >= 'A' && c <= 'Z') ++capitals;
  }
  return capitals >= 4;
}

class Lines {
 public:
  Lines(std::string_view text, BlockWriter& writer) : lines_(split(text, '\n')), writer_(writer) {}

  void write() {
    for (at_ = 0; at_ < lines_.size() && !writer_.is_over(); ++at_) {
      const std::string_view line = lines_[at_];
      if (trimmed(line).empty()) {
        flush();
      } else if (pending_.empty() && at_ + 1 < lines_.size() && underline_of(lines_[at_ + 1]) != '\0' &&
                 underline_of(line) == '\0') {
        const std::uint8_t level = underline_of(lines_[at_ + 1]) == '=' ? 1 : 2;
        writer_.add({.kind = BlockKind::Heading, .level = level, .text = std::string(line)});
        ++at_;
      } else if (pending_.empty() && is_capital_heading(line) && stands_alone()) {
        writer_.add({.kind = BlockKind::Heading, .level = 2, .text = std::string(line)});
      } else if (underline_of(line) != '\0') {
        flush();
      } else {
        append(line);
      }
    }
    flush();
  }

 private:
  [[nodiscard]] bool stands_alone() const {
    const bool free_before = at_ == 0 || trimmed(lines_[at_ - 1]).empty();
    const bool free_after = at_ + 1 >= lines_.size() || trimmed(lines_[at_ + 1]).empty();
    return free_before && free_after;
  }

  void append(std::string_view line) {
    const bool is_indented = line.starts_with("    ") || line.starts_with('\t');
    if (pending_.empty()) {
      kind_ = is_list_line(line) ? BlockKind::ListItem : is_indented ? BlockKind::Code : BlockKind::Paragraph;
    } else if (is_list_line(line) && kind_ != BlockKind::Code) {
      flush();
      kind_ = BlockKind::ListItem;
    } else if (kind_ == BlockKind::Code && !is_indented) {
      flush();
      kind_ = BlockKind::Paragraph;
    }
    pending_.append(line).append("\n");
  }

  void flush() {
    if (!pending_.empty()) writer_.add({.kind = kind_, .text = std::move(pending_)});
    pending_.clear();
  }

  std::vector<std::string_view> lines_;
  BlockWriter& writer_;
  std::size_t at_ = 0;
  std::string pending_;
  BlockKind kind_ = BlockKind::Paragraph;
};

class TextParser final : public ingestion::Parser {
 public:
  [[nodiscard]] std::string_view name() const override { return "text"; }

  [[nodiscard]] int score(std::string_view bytes, std::string_view path) const override {
    if (bytes.empty() || is_binary(bytes) || bytes.starts_with("%PDF-") || bytes.starts_with("{\\rtf")) return 0;
    const std::string name = to_lower_ascii(path);
    for (const std::string_view ending : {".txt", ".text", ".log", ".conf", ".cfg", ".ini", ".rst", ".adoc"}) {
      if (name.ends_with(ending)) return 70;
    }
    return 20;
  }

  [[nodiscard]] Result<ingestion::ParsedDocument> parse(std::string_view bytes,
                                                        const ingestion::ParseLimits& limits) const override {
    if (is_binary(bytes)) return fail(ErrorCode::InvalidInput, "the file holds binary data, not text");
    const DecodedText decoded = decode_text(bytes, "");
    BlockWriter writer(limits);
    Lines(decoded.text, writer).write();
    if (!decoded.warning.empty()) writer.warn(decoded.warning);
    auto document = writer.finish();
    if (document && document->title.empty() && !document->blocks.empty()) {
      const std::string& first = document->blocks.front().text;
      if (first.size() <= title_bytes_max) document->title = first;
    }
    return document;
  }
};

}  // namespace

std::unique_ptr<ingestion::Parser> make_text_parser() { return std::make_unique<TextParser>(); }

}  // namespace millwright::extensions
