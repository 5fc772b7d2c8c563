// Node::render_yaml: canonical YAML. Same tree, same bytes; reading it back gives the same tree.
#include <algorithm>

#include "base/config/node.hpp"
#include "base/config/scalar.hpp"
#include "base/text.hpp"

namespace millwright::config {
namespace {

bool is_plain_safe(std::string_view text) {
  if (text.empty() || text.front() == ' ' || text.back() == ' ') return false;
  constexpr std::string_view indicators = "-?:,[]{}#&*!|>'\"%@`";
  const bool begins_oddly = indicators.find(text.front()) != std::string_view::npos;
  // "-5" and "-x" are plain; "- x" would begin a list.
  const bool is_dash_word = text.front() == '-' && text.size() > 1 && text[1] != ' ' && text[1] != '-';
  if (begins_oddly && !is_dash_word) return false;
  if (text.find_first_of("[]{},\"\\") != std::string_view::npos) return false;   // so that flow style may hold it
  if (text.find(": ") != std::string_view::npos || text.find(" #") != std::string_view::npos) return false;
  if (text.back() == ':' || equal_ignoring_case(text, "null") || text == "~") return false;
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) >= 0x20 && c != 0x7f; });
}

std::string double_quoted(std::string_view text) {
  std::string result = "\"";
  for (const char c : text) {
    switch (c) {
      case '"': result += "\\\""; break;
      case '\\': result += "\\\\"; break;
      case '\n': result += "\\n"; break;
      case '\r': result += "\\r"; break;
      case '\t': result += "\\t"; break;
      default:
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
          result += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
        } else {
          result += c;
        }
    }
  }
  return result + "\"";
}

/// Several lines that a literal block ("|") can hold without loss.
bool is_block_safe(std::string_view text) {
  if (text.find('\n') == std::string_view::npos || text.ends_with("\n\n")) return false;
  for (const auto line : split(text.ends_with('\n') ? text.substr(0, text.size() - 1) : text, '\n')) {
    if (!line.empty() && trimmed(line).empty()) return false;
    for (const char c : line) {
      if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) return false;
    }
  }
  return text.front() != ' ' && text.front() != '\n';
}

std::string block(std::string_view text, std::size_t indent) {
  const bool ends_line = text.ends_with('\n');
  if (ends_line) text.remove_suffix(1);
  std::string result = ends_line ? "|" : "|-";
  for (const auto line : split(text, '\n')) {
    result += '\n';
    if (!line.empty()) result.append(indent, ' ').append(line);
  }
  return result;
}

std::string key_text(const std::string& name) { return is_plain_safe(name) && !looks_typed(name) ? name : double_quoted(name); }

std::string scalar_text(const Node& node, bool is_text, std::size_t indent) {
  const auto& text = node.text();
  // Without a margin, as at the root, a line of a block could read as a comment or an end of the document.
  if (indent > 0 && is_block_safe(text)) return block(text, indent);
  const bool must_quote = !is_plain_safe(text) || (is_text && looks_typed(text));
  return must_quote ? double_quoted(text) : text;
}

}  // namespace

// A value is written after "key:" or "- ", whose own indent is `indent`.
void Node::render_into(std::string& out, std::size_t indent, bool is_after_dash) const {
  const std::string margin(indent, ' ');
  switch (shape_) {
    case Shape::Absent:
    case Shape::Null:
      out += "null\n";
      return;
    case Shape::Scalar:
      out += scalar_text(*this, is_quoted_, indent) + "\n";
      return;
    case Shape::List:
      if (items_.empty()) {
        out += "[]\n";
        return;
      }
      break;
    case Shape::Map:
      if (members_.empty()) {
        out += "{}\n";
        return;
      }
      break;
  }
  bool is_first = true;
  const auto begin_line = [&] {
    if (!is_first || !is_after_dash) out += margin;
    is_first = false;
  };
  for (const auto& item : items_) {
    begin_line();
    out += "- ";
    item.render_into(out, indent + 2, true);
  }
  for (const auto& [name, member] : members_) {
    begin_line();
    out += key_text(name) + ":";
    const bool is_nested = !member.items_.empty() || !member.members_.empty();
    out += is_nested ? "\n" : " ";
    member.render_into(out, indent + 2, false);
  }
}

std::string Node::render_yaml() const {
  std::string out;
  render_into(out, 0, false);
  return out;
}

}  // namespace millwright::config
