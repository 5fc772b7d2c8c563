#include "extensions/parsers/html_walk.hpp"

#include "base/text.hpp"
#include "extensions/parsers/html_hidden.hpp"

namespace millwright::extensions {

namespace {

using ingestion::BlockKind;

/// Words that, as a whole class or id, mark a part of the page that is not its content.
constexpr std::array<std::string_view, 27> boilerplate_names{
    "nav",         "navbar",      "navigation",    "navheader",   "navfooter", "docnav",        "breadcrumb",
    "breadcrumbs", "menu",        "site-header",   "site-footer", "page-footer", "footer",      "cookie",
    "cookies",     "cookie-banner", "cookie-notice", "skip-link", "skiplink",  "toc",           "banner",
    "mw-navigation", "sphinxsidebar", "related",   "pagination",  "share",     "advertisement"};

bool is_boilerplate_name(std::string_view names) {
  for (const std::string_view name : split(names, ' ')) {
    if (std::ranges::find(boilerplate_names, to_lower_ascii(name)) != boilerplate_names.end()) return true;
  }
  return false;
}

bool is_never_content(GumboTag tag) {
  switch (tag) {
    case GUMBO_TAG_SCRIPT: case GUMBO_TAG_STYLE: case GUMBO_TAG_TEMPLATE: case GUMBO_TAG_HEAD: case GUMBO_TAG_SVG:
    case GUMBO_TAG_IFRAME: case GUMBO_TAG_OBJECT: case GUMBO_TAG_CANVAS: case GUMBO_TAG_AUDIO: case GUMBO_TAG_VIDEO:
    case GUMBO_TAG_SELECT: case GUMBO_TAG_TEXTAREA: case GUMBO_TAG_NOSCRIPT: case GUMBO_TAG_DATALIST: return true;
    default: return false;
  }
}

bool is_block_element(GumboTag tag) {
  switch (tag) {
    case GUMBO_TAG_P: case GUMBO_TAG_DIV: case GUMBO_TAG_SECTION: case GUMBO_TAG_ARTICLE: case GUMBO_TAG_MAIN:
    case GUMBO_TAG_ASIDE: case GUMBO_TAG_HEADER: case GUMBO_TAG_FOOTER: case GUMBO_TAG_NAV: case GUMBO_TAG_UL:
    case GUMBO_TAG_OL: case GUMBO_TAG_DL: case GUMBO_TAG_LI: case GUMBO_TAG_DT: case GUMBO_TAG_DD:
    case GUMBO_TAG_TABLE: case GUMBO_TAG_TR: case GUMBO_TAG_TD: case GUMBO_TAG_TH: case GUMBO_TAG_CAPTION:
    case GUMBO_TAG_PRE: case GUMBO_TAG_BLOCKQUOTE: case GUMBO_TAG_FIGURE: case GUMBO_TAG_FIGCAPTION:
    case GUMBO_TAG_ADDRESS: case GUMBO_TAG_DETAILS: case GUMBO_TAG_SUMMARY: case GUMBO_TAG_HR: case GUMBO_TAG_FORM:
    case GUMBO_TAG_FIELDSET: case GUMBO_TAG_BODY: case GUMBO_TAG_H1: case GUMBO_TAG_H2: case GUMBO_TAG_H3:
    case GUMBO_TAG_H4: case GUMBO_TAG_H5: case GUMBO_TAG_H6: case GUMBO_TAG_CENTER: return true;
    default: return false;
  }
}

int heading_level(GumboTag tag) {
  switch (tag) {
    case GUMBO_TAG_H1: return 1;
    case GUMBO_TAG_H2: return 2;
    case GUMBO_TAG_H3: return 3;
    case GUMBO_TAG_H4: return 4;
    case GUMBO_TAG_H5: return 5;
    case GUMBO_TAG_H6: return 6;
    default: return 0;
  }
}

/// A table used to place things on the page: it holds blocks of its own, other tables, or a single column.
bool is_layout_table(const GumboNode& node, std::size_t depth, std::size_t& columns_max) {
  std::size_t columns = 0;
  for (const GumboNode* child : children(node)) {
    if (child->type != GUMBO_NODE_ELEMENT) continue;
    const GumboTag tag = child->v.element.tag;
    if (tag == GUMBO_TAG_TABLE || tag == GUMBO_TAG_PRE || heading_level(tag) > 0) return true;
    if (tag == GUMBO_TAG_TD || tag == GUMBO_TAG_TH) ++columns;
    if (depth > 0 && is_layout_table(*child, depth - 1, columns_max)) return true;
  }
  columns_max = std::max(columns_max, columns);
  return false;
}

/// What the walk knows on its way down.
struct Place {
  Visibility visibility;
  bool is_dropped = false;      // boilerplate: only hidden text counts
  bool is_code = false;
  bool is_in_section = false;   // inside article, main or section: headers and footers belong to the content
  BlockKind kind = BlockKind::Paragraph;
};

class Walk {
 public:
  Walk(Boilerplate boilerplate, const ingestion::ParseLimits& limits, BlockWriter& writer)
      : boilerplate_(boilerplate), limits_(limits), writer_(writer) {}

  Result<void> run(const GumboNode& root) {
    if (const GumboNode* head = find_element(root, GUMBO_TAG_HEAD, 2)) read_styles(*head);
    const GumboNode* body = find_element(root, GUMBO_TAG_BODY, 2);
    if (body == nullptr) return fail(ErrorCode::InvalidInput, "the page has no body");
    const GumboNode* main = find_main(*body, 64);
    has_main_ = main != nullptr && boilerplate_ == Boilerplate::Drop;
    Place place;
    place.is_dropped = has_main_;
    if (auto walked = visit(*body, place, 0); !walked) return pass(walked);
    flush();
    return {};
  }

 private:
  static const GumboNode* find_main(const GumboNode& node, std::size_t depth) {
    if (node.type == GUMBO_NODE_ELEMENT &&
        (node.v.element.tag == GUMBO_TAG_MAIN || attribute(node.v.element, "role") == "main")) return &node;
    if (depth == 0) return nullptr;
    for (const GumboNode* child : children(node)) {
      if (const GumboNode* found = find_main(*child, depth - 1)) return found;
    }
    return nullptr;
  }

  void read_styles(const GumboNode& head) {
    for (const GumboNode* child : children(head)) {
      if (is_element(*child, GUMBO_TAG_STYLE)) collect_hidden_selectors(inner_text(*child, 1), hidden_);
    }
  }

  Result<void> visit(const GumboNode& node, const Place& place, std::size_t depth) {
    if (depth > limits_.depth_max) {
      return fail(ErrorCode::TooLarge, "elements are nested more than {} deep", limits_.depth_max);
    }
    if (writer_.is_over()) return {};
    if (node.type == GUMBO_NODE_ELEMENT) return visit_element(node, place, depth);
    if (node.type == GUMBO_NODE_TEXT || node.type == GUMBO_NODE_WHITESPACE || node.type == GUMBO_NODE_CDATA) {
      write(node.v.text.text, place);
    }
    return {};
  }

  Result<void> visit_element(const GumboNode& node, const Place& around, std::size_t depth) {
    const GumboElement& element = node.v.element;
    if (element.tag == GUMBO_TAG_STYLE) collect_hidden_selectors(inner_text(node, 1), hidden_);
    if (is_never_content(element.tag)) return {};
    Place place = around;
    place.visibility = visibility_in(element, around.visibility, hidden_);
    place.is_dropped = is_dropped(element, around);
    place.is_in_section = around.is_in_section || element.tag == GUMBO_TAG_ARTICLE || element.tag == GUMBO_TAG_MAIN ||
                          element.tag == GUMBO_TAG_SECTION;
    if (element.tag == GUMBO_TAG_BR) return write("\n", place), Result<void>();
    if (element.tag == GUMBO_TAG_TABLE && !place.is_dropped && !place.visibility.is_hidden) {
      std::size_t columns = 0;
      if (!is_layout_table(node, 64, columns) && columns > 1) return visit_table(node, place, depth);
    }
    if (!is_block_element(element.tag)) return visit_children(node, place, depth);
    flush();
    enter(element, place);
    if (auto walked = visit_children(node, place, depth); !walked) return pass(walked);
    flush();
    kind_ = around.kind;
    level_ = 0;
    return {};
  }

  Result<void> visit_children(const GumboNode& node, const Place& place, std::size_t depth) {
    for (const GumboNode* child : children(node)) {
      if (auto walked = visit(*child, place, depth + 1); !walked) return pass(walked);
    }
    return {};
  }

  bool is_dropped(const GumboElement& element, const Place& around) const {
    if (boilerplate_ == Boilerplate::Keep) return false;
    const std::string_view role = attribute(element, "role");
    if (element.tag == GUMBO_TAG_MAIN || role == "main") return false;
    if (around.is_dropped) return true;
    if (element.tag == GUMBO_TAG_NAV || role == "navigation" || role == "banner" || role == "contentinfo" ||
        role == "search") return true;
    if (!around.is_in_section && (element.tag == GUMBO_TAG_FOOTER || element.tag == GUMBO_TAG_HEADER)) return true;
    if (element.tag == GUMBO_TAG_BODY) return false;
    return is_boilerplate_name(attribute(element, "class")) || is_boilerplate_name(attribute(element, "id"));
  }

  void enter(const GumboElement& element, Place& place) {
    level_ = static_cast<std::uint8_t>(heading_level(element.tag));
    if (level_ > 0) place.kind = BlockKind::Heading;
    else if (element.tag == GUMBO_TAG_LI || element.tag == GUMBO_TAG_DT || element.tag == GUMBO_TAG_DD)
      place.kind = BlockKind::ListItem;
    else if (element.tag == GUMBO_TAG_PRE) place.kind = BlockKind::Code, place.is_code = true;
    else if (element.tag == GUMBO_TAG_BLOCKQUOTE) place.kind = BlockKind::Quote;
    kind_ = place.kind;
  }

  /// One line a row. Text inside cells is taken flat; what is hidden there goes to the hidden text.
  Result<void> visit_table(const GumboNode& table, const Place& place, std::size_t depth) {
    flush();
    Rows rows;
    if (auto walked = visit_rows(table, place, depth, rows); !walked) return pass(walked);
    std::string text;
    for (const auto& row : rows.lines) {
      if (!text.empty()) text += '\n';
      text += join(row, " | ");
    }
    if (!rows.caption.empty()) writer_.add({.kind = BlockKind::Paragraph, .text = rows.caption});
    writer_.add({.kind = BlockKind::Table, .text = std::move(text)});
    flush();
    return {};
  }

  struct Rows {
    std::vector<std::vector<std::string>> lines;
    std::string caption;
  };

  Result<void> visit_rows(const GumboNode& node, const Place& place, std::size_t depth, Rows& rows) {
    for (const GumboNode* child : children(node)) {
      if (child->type != GUMBO_NODE_ELEMENT) continue;
      const GumboElement& element = child->v.element;
      const bool is_cell = element.tag == GUMBO_TAG_TD || element.tag == GUMBO_TAG_TH;
      if (element.tag == GUMBO_TAG_TR) rows.lines.emplace_back();
      Place inside = place;
      inside.visibility = visibility_in(element, place.visibility, hidden_);
      if (!is_cell && element.tag != GUMBO_TAG_CAPTION) {
        if (depth > limits_.depth_max) return fail(ErrorCode::TooLarge, "tables are nested too deep");
        if (auto walked = visit_rows(*child, inside, depth + 1, rows); !walked) return pass(walked);
        continue;
      }
      std::string text;
      if (auto walked = flat_text(*child, inside, depth + 1, text); !walked) return pass(walked);
      if (element.tag == GUMBO_TAG_CAPTION) rows.caption = text;
      else if (!rows.lines.empty()) rows.lines.back().push_back(collapsed_whitespace(text));
    }
    return {};
  }

  Result<void> flat_text(const GumboNode& node, const Place& place, std::size_t depth, std::string& into) {
    if (depth > limits_.depth_max) return fail(ErrorCode::TooLarge, "elements are nested too deep");
    if (node.type != GUMBO_NODE_ELEMENT) {
      if (node.type == GUMBO_NODE_COMMENT) return {};
      (place.visibility.is_hidden ? hidden_text_ : into) += node.v.text.text;
      return {};
    }
    if (is_never_content(node.v.element.tag)) return {};
    if (is_block_element(node.v.element.tag) || node.v.element.tag == GUMBO_TAG_BR) into += ' ';
    Place inside = place;
    inside.visibility = visibility_in(node.v.element, place.visibility, hidden_);
    for (const GumboNode* child : children(node)) {
      if (auto walked = flat_text(*child, inside, depth + 1, into); !walked) return pass(walked);
    }
    return {};
  }

  void write(std::string_view text, const Place& place) {
    if (place.visibility.is_hidden) hidden_text_ += text;
    else if (!place.is_dropped) text_ += text;
  }

  void flush() {
    if (!text_.empty()) writer_.add({.kind = kind_, .level = level_, .text = std::move(text_)});
    if (!hidden_text_.empty()) {
      writer_.add({.kind = BlockKind::Paragraph, .text = std::move(hidden_text_), .is_hidden = true});
    }
    text_.clear();
    hidden_text_.clear();
  }

  Boilerplate boilerplate_;
  const ingestion::ParseLimits& limits_;
  BlockWriter& writer_;
  HiddenSelectors hidden_;
  bool has_main_ = false;
  std::string text_, hidden_text_;
  BlockKind kind_ = BlockKind::Paragraph;
  std::uint8_t level_ = 0;
};

}  // namespace

Result<void> write_html_blocks(const GumboNode& root, Boilerplate boilerplate, const ingestion::ParseLimits& limits,
                               BlockWriter& writer) {
  return Walk(boilerplate, limits, writer).run(root);
}

}  // namespace millwright::extensions
