#include "extensions/parsers/docx_styles.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace millwright::extensions {

namespace {

constexpr int inheritance_max = 16;
constexpr std::uint8_t heading_max = 6;

std::uint8_t heading_level_of(std::string_view name) {
  if (!name.starts_with("heading") && !name.starts_with("überschrift") && !name.starts_with("titre")) return 0;
  const char last = name.back();
  return last >= '1' && last <= '9' ? std::min<std::uint8_t>(static_cast<std::uint8_t>(last - '0'), heading_max) : 0;
}

void judge_name(std::string_view name, ParagraphStyle& style) {
  if (style.heading == 0) style.heading = heading_level_of(name);
  if (name == "title") style.is_title = true;
  if (name.starts_with("list ") || name == "listparagraph") style.is_list = style.is_list || name != "listparagraph";
  if (name.find("code") != std::string_view::npos || name.find("preformatted") != std::string_view::npos ||
      name.find("source") != std::string_view::npos) style.is_code = true;
  if (name.find("quote") != std::string_view::npos) style.is_quote = true;
}

}  // namespace

std::string_view local_name(const pugi::xml_node& node) {
  const std::string_view name = node.name();
  const std::size_t colon = name.find(':');
  return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

pugi::xml_node child_named(const pugi::xml_node& node, std::string_view name) {
  for (const pugi::xml_node& child : node.children()) {
    if (local_name(child) == name) return child;
  }
  return {};
}

std::string_view attribute_named(const pugi::xml_node& node, std::string_view name) {
  for (const pugi::xml_attribute& attribute : node.attributes()) {
    std::string_view own = attribute.name();
    if (const std::size_t colon = own.find(':'); colon != std::string_view::npos) own.remove_prefix(colon + 1);
    if (own == name) return attribute.value();
  }
  return {};
}

bool is_on(const pugi::xml_node& node) {
  if (!node) return false;
  const std::string_view value = attribute_named(node, "val");
  return value != "0" && value != "false" && value != "off" && value != "none";
}

bool hides_run(const pugi::xml_node& properties) {
  if (!properties) return false;
  if (is_on(child_named(properties, "vanish")) || is_on(child_named(properties, "webHidden"))) return true;
  const std::string_view size = attribute_named(child_named(properties, "sz"), "val");
  if (size == "0" || size == "1" || size == "2") return true;   // half points
  const std::string color = to_lower_ascii(attribute_named(child_named(properties, "color"), "val"));
  const bool is_painted = child_named(properties, "highlight") || child_named(properties, "shd");
  return color == "ffffff" && !is_painted;
}

Styles::Styles(const pugi::xml_node& root) {
  for (const pugi::xml_node& style : root.children()) {
    if (local_name(style) != "style") continue;
    Raw raw;
    raw.name = to_lower_ascii(attribute_named(child_named(style, "name"), "val"));
    raw.based_on = attribute_named(child_named(style, "basedOn"), "val");
    const pugi::xml_node properties = child_named(style, "pPr");
    if (const auto level = attribute_named(child_named(properties, "outlineLvl"), "val"); level.size() == 1) {
      raw.outline = level[0] - '0';
    }
    raw.is_list = static_cast<bool>(child_named(properties, "numPr"));
    raw.is_hidden = hides_run(child_named(style, "rPr"));
    raw_.try_emplace(std::string(attribute_named(style, "styleId")), std::move(raw));
  }
}

ParagraphStyle Styles::find(std::string_view id) const {
  ParagraphStyle style;
  if (id.empty()) return style;
  std::string current(id);
  for (int i = 0; i < inheritance_max; ++i) {
    const auto found = raw_.find(current);
    if (found == raw_.end()) {
      if (i == 0) judge_name(to_lower_ascii(id), style);
      break;
    }
    const Raw& raw = found->second;
    judge_name(raw.name, style);
    if (style.heading == 0 && raw.outline >= 0 && raw.outline < heading_max) {
      style.heading = static_cast<std::uint8_t>(raw.outline + 1);
    }
    style.is_list = style.is_list || raw.is_list;
    style.is_hidden = style.is_hidden || raw.is_hidden;
    if (raw.based_on.empty()) break;
    current = raw.based_on;
  }
  return style;
}

}  // namespace millwright::extensions
