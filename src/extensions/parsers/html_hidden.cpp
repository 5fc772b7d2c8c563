#include "extensions/parsers/html_hidden.hpp"

#include <charconv>
#include <vector>

#include "base/text.hpp"
#include "extensions/parsers/html_tree.hpp"

namespace millwright::extensions {

namespace {

constexpr std::size_t style_sheet_bytes_max = 512 * 1024;

struct Declaration {
  std::string name, value;
};

std::vector<Declaration> parse_declarations(std::string_view text) {
  std::vector<Declaration> out;
  if (text.empty()) return out;   // nearly every element
  for (const std::string_view part : split(text, ';')) {
    const std::size_t colon = part.find(':');
    if (colon == std::string_view::npos) continue;
    std::string value = to_lower_ascii(trimmed(part.substr(colon + 1)));
    if (const std::size_t mark = value.find("!important"); mark != std::string::npos) value.resize(mark);
    out.push_back({to_lower_ascii(trimmed(part.substr(0, colon))), std::string(trimmed(value))});
  }
  return out;
}

double leading_number(std::string_view text) {
  double value = 0;
  if (text.starts_with('+')) text.remove_prefix(1);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() ? value : 1;
}

std::string without_spaces(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c != ' ' && c != '\t' && c != '\n') out += c;
  }
  return out;
}

/// One spelling for the ways to write white, black and three-digit hex.
std::string normalized_color(std::string_view value) {
  std::string color = without_spaces(value);
  if (color.size() == 4 && color[0] == '#') {
    color = std::string{'#', color[1], color[1], color[2], color[2], color[3], color[3]};
  }
  if (color == "#ffffff" || color == "rgb(255,255,255)" || color.starts_with("rgba(255,255,255,") ||
      color == "rgb(100%,100%,100%)" || color.starts_with("hsl(0,0%,100%")) return "white";
  if (color == "#000000" || color == "rgb(0,0,0)") return "black";
  return color;
}

bool hides(const Declaration& d) {
  if (d.name == "display") return d.value == "none";
  if (d.name == "visibility") return d.value == "hidden" || d.value == "collapse";
  if (d.name == "opacity") return leading_number(d.value) < 0.05;
  if (d.name == "font-size") {
    const double size = leading_number(d.value);
    return size <= 0 || (size <= 1.0 && (d.value.ends_with("px") || d.value.ends_with("pt")));
  }
  if (d.name == "font") return d.value.starts_with("0px") || d.value.starts_with("0 ") || d.value.find(" 0px") != std::string::npos;
  if (d.name == "text-indent" || d.name == "left" || d.name == "top" || d.name == "margin-left") {
    return leading_number(d.value) <= -900;
  }
  if (d.name == "clip") return without_spaces(d.value).starts_with("rect(0");
  if (d.name == "clip-path") return without_spaces(d.value).starts_with("inset(100%");
  if (d.name == "color") return d.value == "transparent" || without_spaces(d.value).ends_with(",0)");
  if (d.name == "transform") return without_spaces(d.value).find("scale(0)") != std::string::npos;
  return false;
}

/// A box without room that cuts off what overflows.
bool is_empty_box(const std::vector<Declaration>& declarations) {
  bool cuts = false;
  bool empty = false;
  for (const Declaration& d : declarations) {
    if (d.name == "overflow") cuts = d.value == "hidden";
    if (d.name == "width" || d.name == "height" || d.name == "max-height" || d.name == "max-width") {
      empty = empty || leading_number(d.value) <= 1;
    }
  }
  return cuts && empty;
}

bool hides_text(const std::vector<Declaration>& declarations) {
  return std::ranges::any_of(declarations, hides) || is_empty_box(declarations);
}

bool matches_hidden_selector(const GumboElement& element, const HiddenSelectors& hidden) {
  if (hidden.empty()) return false;
  if (hidden.contains("#" + std::string(attribute(element, "id")))) return true;
  for (const std::string_view name : split(attribute(element, "class"), ' ')) {
    if (!name.empty() && hidden.contains("." + std::string(name))) return true;
  }
  return false;
}

}  // namespace

bool hides_text(std::string_view declarations) { return hides_text(parse_declarations(declarations)); }

void collect_hidden_selectors(std::string_view style_sheet, HiddenSelectors& into) {
  style_sheet = style_sheet.substr(0, style_sheet_bytes_max);
  for (std::size_t at = 0; at < style_sheet.size();) {
    const std::size_t open = style_sheet.find('{', at);
    if (open == std::string_view::npos) return;
    const std::size_t close = style_sheet.find('}', open);
    if (close == std::string_view::npos) return;
    const std::string_view selectors = style_sheet.substr(at, open - at);
    // Inside @media print and the like, rules do not speak of the screen.
    if (selectors.find('@') != std::string_view::npos) {
      at = open + 1;
      if (selectors.find("@media") == std::string_view::npos) at = close + 1;
      else if (selectors.find("screen") == std::string_view::npos && selectors.find("all") == std::string_view::npos) {
        const std::size_t end = style_sheet.find("}}", open);
        at = end == std::string_view::npos ? close + 1 : end + 2;
      }
      continue;
    }
    if (hides_text(style_sheet.substr(open + 1, close - open - 1))) {
      for (const std::string_view selector : split(selectors, ',')) {
        const std::string_view one = trimmed(selector);
        const std::size_t dot = one.find_first_of(".#");
        const bool is_simple = dot != std::string_view::npos && one.find_first_of(" >+~:[*", 0) == std::string_view::npos &&
                               one.find_first_of(".#", dot + 1) == std::string_view::npos;
        if (is_simple) into.insert(std::string(one.substr(dot)));
      }
    }
    at = close + 1;
  }
}

Visibility visibility_in(const GumboElement& element, const Visibility& around, const HiddenSelectors& hidden) {
  if (element.attributes.length == 0) return around;
  Visibility inside = around;
  const std::vector<Declaration> style = parse_declarations(attribute(element, "style"));
  inside.is_hidden = around.is_hidden || has_attribute(element, "hidden") ||
                     attribute(element, "aria-hidden") == "true" || hides_text(style) ||
                     matches_hidden_selector(element, hidden);
  if (const auto color = attribute(element, "bgcolor"); !color.empty()) {
    inside.background = normalized_color(to_lower_ascii(color));
  }
  if (element.tag == GUMBO_TAG_FONT && has_attribute(element, "color")) {
    inside.color = normalized_color(to_lower_ascii(attribute(element, "color")));
  }
  for (const Declaration& d : style) {
    if (d.name == "color") inside.color = normalized_color(d.value);
    if (d.name == "background-color") inside.background = normalized_color(d.value);
    // An image or gradient: what shows on it cannot be judged.
    if (d.name == "background") {
      const bool is_plain = d.value.find("url(") == std::string::npos && d.value.find("gradient") == std::string::npos;
      inside.background = is_plain ? normalized_color(d.value) : "unknown";
    }
  }
  const bool is_painted_over = !inside.color.empty() && inside.color == inside.background;
  inside.is_hidden = inside.is_hidden || is_painted_over;
  return inside;
}

}  // namespace millwright::extensions
