#include "extensions/parsers/markdown.hpp"

#include <md4c.h>

#include "base/text.hpp"
#include "extensions/parsers/blocks.hpp"
#include "extensions/parsers/charset.hpp"
#include "extensions/parsers/front_matter.hpp"
#include "extensions/parsers/html_hidden.hpp"
#include "extensions/parsers/html_tree.hpp"
#include "extensions/parsers/html_walk.hpp"

namespace millwright::extensions {

namespace {

using ingestion::BlockKind;

/// "&amp;" and friends, the few that texts use; others stay as they are.
std::string_view entity_text(std::string_view entity) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 10> known{{
      {"&amp;", "&"}, {"&lt;", "<"}, {"&gt;", ">"}, {"&quot;", "\""}, {"&apos;", "'"}, {"&nbsp;", " "},
      {"&ndash;", "–"}, {"&mdash;", "—"}, {"&hellip;", "…"}, {"&copy;", "©"}}};
  for (const auto& [name, text] : known) {
    if (name == entity) return text;
  }
  return entity;
}

/// Receives md4c's events and writes blocks. Block quotes and lists nest; the innermost gives the kind.
class Sink {
 public:
  Sink(const ingestion::ParseLimits& limits, BlockWriter& writer) : limits_(limits), writer_(writer) {}

  int enter_block(MD_BLOCKTYPE type, void* detail) {
    if (++depth_ > limits_.depth_max || writer_.is_over()) return -1;
    if (type == MD_BLOCK_LI || type == MD_BLOCK_QUOTE) flush();
    switch (type) {
      case MD_BLOCK_QUOTE: ++quotes_; break;
      case MD_BLOCK_LI: ++items_; break;
      case MD_BLOCK_H:
        level_ = static_cast<std::uint8_t>(static_cast<MD_BLOCK_H_DETAIL*>(detail)->level);
        break;
      case MD_BLOCK_CODE: is_code_ = true; break;
      case MD_BLOCK_HTML: is_html_ = true; break;
      case MD_BLOCK_TABLE: is_table_ = true; break;
      default: break;
    }
    return 0;
  }

  int leave_block(MD_BLOCKTYPE type) {
    --depth_;
    switch (type) {
      case MD_BLOCK_H: flush(); level_ = 0; break;
      case MD_BLOCK_P: flush(); break;
      case MD_BLOCK_CODE: flush(); is_code_ = false; break;
      case MD_BLOCK_HTML: flush_html(); is_html_ = false; break;
      case MD_BLOCK_LI: flush(); --items_; break;
      case MD_BLOCK_QUOTE: flush(); --quotes_; break;
      case MD_BLOCK_TH:
      case MD_BLOCK_TD: row_.push_back(collapsed_whitespace(text_)); text_.clear(); break;
      case MD_BLOCK_TR:
        table_ += join(row_, " | ") + "\n";
        row_.clear();
        break;
      case MD_BLOCK_TABLE:
        writer_.add({.kind = BlockKind::Table, .text = std::move(table_)});
        table_.clear();
        is_table_ = false;
        break;
      default: break;
    }
    return writer_.is_over() ? -1 : 0;
  }

  int text(MD_TEXTTYPE type, std::string_view piece) {
    if (is_html_) return html_ += piece, 0;
    switch (type) {
      case MD_TEXT_HTML: return inline_html(piece), 0;
      case MD_TEXT_BR: case MD_TEXT_SOFTBR: piece = is_code_ ? "\n" : " "; break;
      case MD_TEXT_ENTITY: piece = entity_text(piece); break;
      case MD_TEXT_NULLCHAR: piece = ""; break;
      default: break;
    }
    (hidden_tags_ > 0 ? hidden_ : text_) += piece;
    return 0;
  }

  void finish() { flush(); }

 private:
  /// Comments, and what stands between a tag that hides and its end, cannot be seen.
  void inline_html(std::string_view tag) {
    if (tag.starts_with("<!--")) {
      hidden_ += std::string(tag.substr(4, tag.size() >= 7 ? tag.size() - 7 : 0)) + " ";
    } else if (tag.starts_with("</")) {
      if (hidden_tags_ > 0) --hidden_tags_;
    } else if (tag.ends_with("/>") || tag.starts_with("<br")) {
      text_ += ' ';
    } else if (hidden_tags_ > 0 || hides(tag)) {
      ++hidden_tags_;
    }
  }

  static bool hides(std::string_view tag) {
    const std::string lower = to_lower_ascii(tag);
    if (lower.find(" hidden") != std::string::npos || lower.find("aria-hidden=\"true\"") != std::string::npos) return true;
    const std::size_t style = lower.find("style=");
    if (style == std::string::npos || style + 7 >= lower.size()) return false;
    const std::size_t end = lower.find(lower[style + 6], style + 7);
    return hides_text(std::string_view(lower).substr(style + 7, end == std::string::npos ? end : end - style - 7));
  }

  /// A block of raw HTML: its comments are hidden text, the rest is read as a page of its own.
  void flush_html() {
    std::string rest;
    for (std::size_t at = 0; at < html_.size();) {
      const std::size_t open = html_.find("<!--", at);
      rest += html_.substr(at, open == std::string::npos ? open : open - at);
      if (open == std::string::npos) break;
      const std::size_t close = html_.find("-->", open + 4);
      hidden_ += html_.substr(open + 4, close == std::string::npos ? close : close - open - 4) + " ";
      at = close == std::string::npos ? html_.size() : close + 3;
    }
    html_.clear();
    if (!trimmed(rest).empty()) {
      const auto tree = HtmlTree::parse(rest, limits_);
      const bool is_read = tree && write_html_blocks(tree->root(), Boilerplate::Keep, limits_, writer_).has_value();
      if (!is_read) writer_.warn("a block of raw HTML was left out: nested too deep");
    }
    flush();
  }

  void flush() {
    if (is_table_) return;
    BlockKind kind = BlockKind::Paragraph;
    if (level_ > 0) kind = BlockKind::Heading;
    else if (is_code_) kind = BlockKind::Code;
    else if (items_ > 0) kind = BlockKind::ListItem;
    else if (quotes_ > 0) kind = BlockKind::Quote;
    if (!text_.empty()) writer_.add({.kind = kind, .level = level_, .text = std::move(text_)});
    if (!hidden_.empty()) writer_.add({.kind = BlockKind::Paragraph, .text = std::move(hidden_), .is_hidden = true});
    text_.clear();
    hidden_.clear();
    hidden_tags_ = 0;
  }

  const ingestion::ParseLimits& limits_;
  BlockWriter& writer_;
  std::string text_, hidden_, html_, table_;
  std::vector<std::string> row_;
  std::size_t depth_ = 0;
  int quotes_ = 0, items_ = 0, hidden_tags_ = 0;
  std::uint8_t level_ = 0;
  bool is_code_ = false, is_html_ = false, is_table_ = false;
};

MD_PARSER md4c_callbacks() {
  MD_PARSER parser{};
  parser.flags = MD_FLAG_TABLES | MD_FLAG_STRIKETHROUGH | MD_FLAG_TASKLISTS | MD_FLAG_PERMISSIVEAUTOLINKS;
  parser.enter_block = [](MD_BLOCKTYPE type, void* detail, void* sink) {
    return static_cast<Sink*>(sink)->enter_block(type, detail);
  };
  parser.leave_block = [](MD_BLOCKTYPE type, void*, void* sink) { return static_cast<Sink*>(sink)->leave_block(type); };
  parser.enter_span = [](MD_SPANTYPE, void*, void*) { return 0; };
  parser.leave_span = [](MD_SPANTYPE, void*, void*) { return 0; };
  parser.text = [](MD_TEXTTYPE type, const MD_CHAR* text, MD_SIZE size, void* sink) {
    return static_cast<Sink*>(sink)->text(type, {text, size});
  };
  return parser;
}

/// Deep quotes and lists cost md4c quadratic time: the markers that open a line tell the depth beforehand.
bool is_nested_too_deep(std::string_view text, std::size_t depth_max) {
  std::size_t markers = 0;
  for (const char c : text) {
    if (c == '\n') markers = 0;
    else if (c == '>' || c == '-' || c == '*' || c == '+') ++markers;
    else if (c != ' ' && c != '\t') markers = 0;
    // A rule of 200 dashes is no nesting, but neither is it 512 dashes and quotes with spaces between.
    if (markers > depth_max * 8) return true;
  }
  return false;
}

class MarkdownParser final : public ingestion::Parser {
 public:
  [[nodiscard]] std::string_view name() const override { return "markdown"; }

  [[nodiscard]] int score(std::string_view bytes, std::string_view path) const override {
    if (is_binary(bytes)) return 0;
    const std::string name = to_lower_ascii(path);
    return name.ends_with(".md") || name.ends_with(".markdown") || name.ends_with(".mdown") ? 85 : 0;
  }

  [[nodiscard]] Result<ingestion::ParsedDocument> parse(std::string_view bytes,
                                                        const ingestion::ParseLimits& limits) const override {
    const DecodedText decoded = decode_text(bytes, "");
    const FrontMatter front = read_front_matter(decoded.text);
    const std::string_view body = std::string_view(decoded.text).substr(front.bytes);
    if (is_nested_too_deep(body, limits.depth_max)) {
      return fail(ErrorCode::TooLarge, "lists or quotes are nested more than {} deep", limits.depth_max);
    }
    BlockWriter writer(limits);
    writer.document().title = front.title;
    writer.document().language = front.language;
    writer.document().updated = front.updated;
    Sink sink(limits, writer);
    const MD_PARSER callbacks = md4c_callbacks();
    const int status = md_parse(body.data(), static_cast<MD_SIZE>(body.size()), &callbacks, &sink);
    if (status != 0 && !writer.is_over()) {
      return fail(ErrorCode::TooLarge, "lists or quotes are nested more than {} deep", limits.depth_max);
    }
    sink.finish();
    if (!decoded.warning.empty()) writer.warn(decoded.warning);
    return writer.finish();
  }
};

}  // namespace

std::unique_ptr<ingestion::Parser> make_markdown_parser() { return std::make_unique<MarkdownParser>(); }

}  // namespace millwright::extensions
