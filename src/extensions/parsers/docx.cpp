#include "extensions/parsers/docx.hpp"

#include <pugixml.hpp>

#include "base/text.hpp"
#include "extensions/parsers/blocks.hpp"
#include "extensions/parsers/docx_archive.hpp"
#include "extensions/parsers/docx_styles.hpp"

namespace millwright::extensions {

namespace {

using ingestion::BlockKind;

constexpr const char* document_member = "word/document.xml";

/// Office documents never declare a document type; who does wants entities expanded.
Result<void> load_xml(std::string& text, const std::string& member, pugi::xml_document& into) {
  if (text.find("<!DOCTYPE") != std::string::npos || text.find("<!ENTITY") != std::string::npos) {
    return fail(ErrorCode::InvalidInput, "{} declares entities, which Office documents never do", member);
  }
  const auto loaded = into.load_buffer_inplace(text.data(), text.size(), pugi::parse_default | pugi::parse_ws_pcdata);
  if (!loaded) return fail(ErrorCode::InvalidInput, "{} is not well-formed: {}", member, loaded.description());
  return {};
}

/// Text of one paragraph as it is collected from its runs.
struct Runs {
  std::string text, hidden;
};

class Body {
 public:
  Body(const Styles& styles, const ingestion::ParseLimits& limits, BlockWriter& writer)
      : styles_(styles), limits_(limits), writer_(writer) {}

  Result<void> blocks(const pugi::xml_node& parent, std::size_t depth) {
    if (depth > limits_.depth_max) {
      return fail(ErrorCode::TooLarge, "elements are nested more than {} deep", limits_.depth_max);
    }
    for (const pugi::xml_node& node : parent.children()) {
      if (writer_.is_over()) return {};
      const std::string_view name = local_name(node);
      Result<void> done;
      if (name == "p") done = paragraph(node, depth);
      else if (name == "tbl") done = table(node, depth);
      else if (name == "altChunk") writer_.warn("an embedded document was left out");
      else if (name != "sectPr" && name != "sdtPr") done = blocks(node, depth + 1);
      if (!done) return done;
    }
    return {};
  }

 private:
  Result<void> paragraph(const pugi::xml_node& node, std::size_t depth) {
    const pugi::xml_node properties = child_named(node, "pPr");
    const ParagraphStyle style = styles_.find(attribute_named(child_named(properties, "pStyle"), "val"));
    Runs runs;
    if (auto read = inline_text(node, style.is_hidden, depth + 1, runs); !read) return read;
    ingestion::Block block;
    block.text = std::move(runs.text);
    if (style.heading > 0 || style.is_title) {
      block.kind = BlockKind::Heading;
      block.level = style.is_title ? 1 : style.heading;
      if (style.is_title && writer_.document().title.empty()) writer_.document().title = block.text;
    } else if (child_named(properties, "numPr") || style.is_list) {
      block.kind = BlockKind::ListItem;
    } else if (style.is_code) {
      block.kind = BlockKind::Code;
    } else if (style.is_quote) {
      block.kind = BlockKind::Quote;
    }
    writer_.add(std::move(block));
    if (!runs.hidden.empty()) writer_.add({.kind = BlockKind::Paragraph, .text = std::move(runs.hidden), .is_hidden = true});
    return boxes(depth);
  }

  /// Text boxes anchored in the paragraph before, read after it.
  Result<void> boxes(std::size_t depth) {
    std::vector<pugi::xml_node> waiting = std::move(boxes_);
    boxes_.clear();
    for (const pugi::xml_node& box : waiting) {
      if (auto read = blocks(box, depth + 1); !read) return read;
    }
    return {};
  }

  Result<void> inline_text(const pugi::xml_node& parent, bool is_hidden, std::size_t depth, Runs& runs) {
    if (depth > limits_.depth_max) return fail(ErrorCode::TooLarge, "runs are nested more than {} deep", limits_.depth_max);
    for (const pugi::xml_node& node : parent.children()) {
      const std::string_view name = local_name(node);
      std::string& text = is_hidden ? runs.hidden : runs.text;
      if (name == "t") text += node.text().get();
      else if (name == "tab" || name == "br" || name == "cr") text += name == "br" ? '\n' : ' ';
      else if (name == "noBreakHyphen") text += '-';
      else if (name == "txbxContent") boxes_.push_back(node);
      else if (name == "pPr" || name == "rPr" || name == "del" || name == "instrText" || name == "moveFrom") continue;
      else if (name == "AlternateContent") {
        const pugi::xml_node choice = child_named(node, "Choice");
        if (auto read = inline_text(choice ? choice : child_named(node, "Fallback"), is_hidden, depth + 1, runs); !read) return read;
      } else {
        const bool hides = is_hidden || (name == "r" && hides_run(child_named(node, "rPr")));
        if (auto read = inline_text(node, hides, depth + 1, runs); !read) return read;
      }
    }
    return {};
  }

  Result<void> table(const pugi::xml_node& node, std::size_t depth) {
    std::string text;
    for (const pugi::xml_node& row : node.children()) {
      if (local_name(row) != "tr") continue;
      std::vector<std::string> cells;
      for (const pugi::xml_node& cell : row.children()) {
        if (local_name(cell) != "tc" && local_name(cell) != "sdt") continue;
        Runs runs;
        if (auto read = inline_cell(cell, depth + 1, runs); !read) return read;
        cells.push_back(collapsed_whitespace(runs.text));
        if (!runs.hidden.empty()) {
          writer_.add({.kind = BlockKind::Paragraph, .text = std::move(runs.hidden), .is_hidden = true});
        }
      }
      text += join(cells, " | ") + "\n";
    }
    writer_.add({.kind = BlockKind::Table, .text = std::move(text)});
    return boxes(depth);
  }

  /// A cell flat: its paragraphs, and those of tables inside it, separated by spaces.
  Result<void> inline_cell(const pugi::xml_node& cell, std::size_t depth, Runs& runs) {
    if (depth > limits_.depth_max) return fail(ErrorCode::TooLarge, "tables are nested more than {} deep", limits_.depth_max);
    for (const pugi::xml_node& node : cell.children()) {
      const std::string_view name = local_name(node);
      if (name == "p") {
        const auto style = styles_.find(attribute_named(child_named(child_named(node, "pPr"), "pStyle"), "val"));
        if (auto read = inline_text(node, style.is_hidden, depth + 1, runs); !read) return read;
        runs.text += ' ';
      } else if (name != "tcPr") {
        if (auto read = inline_cell(node, depth + 1, runs); !read) return read;
      }
    }
    return {};
  }

  const Styles& styles_;
  const ingestion::ParseLimits& limits_;
  BlockWriter& writer_;
  std::vector<pugi::xml_node> boxes_;
};

void read_properties(std::string& core, ingestion::ParsedDocument& document) {
  pugi::xml_document xml;
  if (core.empty() || !load_xml(core, "docProps/core.xml", xml)) return;
  const pugi::xml_node root = xml.document_element();
  document.title = child_named(root, "title").text().get();
  document.language = child_named(root, "language").text().get();
  const std::string_view modified = child_named(root, "modified").text().get();
  if (modified.size() >= 10 && modified[4] == '-' && modified[7] == '-') document.updated = modified.substr(0, 10);
}

class DocxParser final : public ingestion::Parser {
 public:
  [[nodiscard]] std::string_view name() const override { return "docx"; }

  [[nodiscard]] int score(std::string_view bytes, std::string_view path) const override {
    const std::string lower = to_lower_ascii(path);
    const bool is_named = lower.ends_with(".docx") || lower.ends_with(".docm") || lower.ends_with(".dotx");
    if (!bytes.starts_with("PK\x03\x04")) return is_named && !bytes.empty() ? 5 : 0;
    if (bytes.find(document_member) != std::string_view::npos) return 95;
    return is_named ? 90 : 0;
  }

  [[nodiscard]] Result<ingestion::ParsedDocument> parse(std::string_view bytes,
                                                        const ingestion::ParseLimits& limits) const override {
    if (!bytes.starts_with("PK\x03\x04")) {
      return fail(ErrorCode::InvalidInput, "the name says DOCX, but the content is {}", ingestion::detected_type(bytes));
    }
    const std::vector<std::string> wanted{document_member, "word/styles.xml", "docProps/core.xml", "word/footnotes.xml"};
    auto archive = read_archive(bytes, wanted, {.expanded_bytes_max = limits.expanded_bytes_max});
    if (!archive) return pass(archive);
    if (!archive->members.contains(document_member)) {
      return fail(ErrorCode::InvalidInput, "the container holds no Word document ({} is missing)", document_member);
    }
    BlockWriter writer(limits);
    read_properties(archive->members["docProps/core.xml"], writer.document());
    pugi::xml_document styles_xml;
    if (std::string& text = archive->members["word/styles.xml"]; !text.empty()) {
      if (auto loaded = load_xml(text, "word/styles.xml", styles_xml); !loaded) return pass(loaded);
    }
    const Styles styles(styles_xml.document_element());
    for (const std::string member : {document_member, "word/footnotes.xml"}) {
      std::string& text = archive->members[member];
      if (text.empty()) continue;
      pugi::xml_document xml;
      if (auto loaded = load_xml(text, member, xml); !loaded) return pass(loaded);
      if (auto read = Body(styles, limits, writer).blocks(xml.document_element(), 0); !read) return pass(read);
    }
    for (const std::string& name : archive->names) {
      if (name.starts_with("word/embeddings/")) writer.warn("embedded objects were left out");
      if (name == "word/vbaProject.bin") writer.warn("macros were left out");
    }
    return writer.finish();
  }
};

}  // namespace

std::unique_ptr<ingestion::Parser> make_docx_parser() { return std::make_unique<DocxParser>(); }

}  // namespace millwright::extensions
