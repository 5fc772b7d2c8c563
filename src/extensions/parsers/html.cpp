#include "extensions/parsers/html.hpp"

#include "base/text.hpp"
#include "base/time.hpp"
#include "extensions/parsers/charset.hpp"
#include "extensions/parsers/html_tree.hpp"
#include "extensions/parsers/html_walk.hpp"

namespace millwright::extensions {

namespace {

constexpr std::size_t words_for_content = 15;
constexpr std::size_t head_bytes = 4096;

std::size_t visible_words(const ingestion::ParsedDocument& document) {
  std::size_t words = 0;
  for (const ingestion::Block& block : document.blocks) {
    if (!block.is_hidden) words += 1 + static_cast<std::size_t>(std::ranges::count(block.text, ' '));
  }
  return words;
}

/// "2026-08-14…" → "2026-08-14", else empty.
std::string date_part(std::string_view text) {
  const bool is_date = text.size() >= 10 && text[4] == '-' && text[7] == '-' && parse_time(std::string(text.substr(0, 10)) + "T00:00:00Z").has_value();
  return is_date ? std::string(text.substr(0, 10)) : std::string();
}

void read_head(const GumboNode& root, ingestion::ParsedDocument& document) {
  if (root.type == GUMBO_NODE_ELEMENT) {
    document.language = attribute(root.v.element, "lang");
    if (document.language.empty()) document.language = attribute(root.v.element, "xml:lang");
    document.language.resize(std::min<std::size_t>(document.language.size(), 35));
  }
  const GumboNode* head = find_element(root, GUMBO_TAG_HEAD, 2);
  if (head == nullptr) return;
  for (const GumboNode* child : children(*head)) {
    if (is_element(*child, GUMBO_TAG_TITLE)) document.title = inner_text(*child, 2);
    if (!is_element(*child, GUMBO_TAG_META)) continue;
    const GumboElement& meta = child->v.element;
    std::string name = to_lower_ascii(attribute(meta, "name"));
    if (name.empty()) name = to_lower_ascii(attribute(meta, "property"));
    static constexpr std::array<std::string_view, 6> dates{"date", "last-modified", "dcterms.modified", "revised",
                                                           "article:modified_time", "updated"};
    if (std::ranges::find(dates, name) != dates.end()) document.updated = date_part(attribute(meta, "content"));
  }
}

class HtmlParser final : public ingestion::Parser {
 public:
  [[nodiscard]] std::string_view name() const override { return "html"; }

  [[nodiscard]] int score(std::string_view bytes, std::string_view path) const override {
    if (is_binary(bytes)) return 0;
    const std::string head = to_lower_ascii(decode_text(bytes.substr(0, head_bytes), "").text);
    const std::string_view start = trimmed(head);
    if (start.starts_with("<!doctype html") || start.starts_with("<html")) return 95;
    const std::string name = to_lower_ascii(path);
    const bool is_named = name.ends_with(".html") || name.ends_with(".htm") || name.ends_with(".xhtml");
    if (head.find("<html") != std::string::npos && start.starts_with("<")) return 90;
    if (is_named && head.find('<') != std::string::npos) return 80;
    if (is_named) return 45;
    return start.starts_with("<") && (head.find("<body") != std::string::npos || head.find("<p>") != std::string::npos) ? 50 : 0;
  }

  [[nodiscard]] Result<ingestion::ParsedDocument> parse(std::string_view bytes,
                                                        const ingestion::ParseLimits& limits) const override {
    const DecodedText decoded = decode_text(bytes, declared_charset(bytes));
    auto tree = HtmlTree::parse(decoded.text, limits);
    if (!tree) return pass(tree);
    auto document = parse_tree(*tree, Boilerplate::Drop, limits);
    if (!document) return document;
    if (visible_words(*document) < words_for_content) {
      // An index page, say: its links are all it has.
      auto whole = parse_tree(*tree, Boilerplate::Keep, limits);
      if (whole && visible_words(*whole) > visible_words(*document)) document = std::move(whole);
    }
    if (!decoded.warning.empty()) document->warnings.push_back(decoded.warning);
    return document;
  }

 private:
  static Result<ingestion::ParsedDocument> parse_tree(const HtmlTree& tree, Boilerplate boilerplate,
                                                      const ingestion::ParseLimits& limits) {
    BlockWriter writer(limits);
    read_head(tree.root(), writer.document());
    if (auto written = write_html_blocks(tree.root(), boilerplate, limits, writer); !written) return pass(written);
    return writer.finish();
  }
};

}  // namespace

std::unique_ptr<ingestion::Parser> make_html_parser() { return std::make_unique<HtmlParser>(); }

}  // namespace millwright::extensions
