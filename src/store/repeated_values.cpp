#include "store/repeated_values.hpp"

#include <cctype>

#include "base/text.hpp"

namespace millwright::store {
namespace {

struct Parts {
  std::string_view head;    // up to and with VALUES
  std::string_view tuple;   // "($1, $2)"
  std::string_view tail;    // "" or ON CONFLICT … DO NOTHING
};

/// The end of the parenthesis that opens at `open`, or nothing when text within makes it uncertain.
std::optional<std::size_t> closing(std::string_view text, std::size_t open) {
  int depth = 0;
  for (std::size_t at = open; at < text.size(); ++at) {
    if (text[at] == '\'' || text[at] == '"' || text.substr(at, 2) == "--" || text.substr(at, 2) == "/*") return {};
    depth += text[at] == '(' ? 1 : text[at] == ')' ? -1 : 0;
    if (depth == 0) return at + 1;
  }
  return {};
}

std::optional<Parts> split_insert(std::string_view text) {
  const std::string lower = to_lower_ascii(text);
  const std::size_t values = lower.find("values");
  if (!lower.starts_with("insert into ") || values == std::string::npos) return {};
  const std::size_t open = text.find_first_not_of(" \t\r\n", values + 6);
  if (open == std::string_view::npos || text[open] != '(') return {};
  const auto end = closing(text, open);
  if (!end) return {};
  const Parts parts{text.substr(0, open), text.substr(open, *end - open), trimmed(text.substr(*end))};
  const std::string tail = collapsed_whitespace(to_lower_ascii(parts.tail));
  const bool is_plain = tail.empty() || (tail.starts_with("on conflict") && tail.ends_with(" do nothing"));
  const bool has_stray_parameter =
      parts.head.find('$') != std::string_view::npos || tail.find('$') != std::string::npos;
  if (!is_plain || has_stray_parameter) return {};
  return parts;
}

void append_tuple(std::string& out, std::string_view tuple, std::size_t offset) {
  for (std::size_t at = 0; at < tuple.size();) {
    if (tuple[at] != '$') {
      out += tuple[at++];
      continue;
    }
    std::size_t number = 0;
    for (++at; at < tuple.size() && std::isdigit(static_cast<unsigned char>(tuple[at])) != 0; ++at) {
      number = number * 10 + static_cast<std::size_t>(tuple[at] - '0');
    }
    out += '$';
    out += std::to_string(number + offset);
  }
}

}  // namespace

std::optional<std::string> repeat_values(const NumberedStatement& statement, std::size_t rows) {
  const auto parts = split_insert(trimmed(statement.text));
  if (!parts || statement.parameters == 0) return {};
  std::string text(parts->head);
  for (std::size_t row = 0; row < rows; ++row) {
    if (row != 0) text += ", ";
    append_tuple(text, parts->tuple, row * statement.parameters);
  }
  if (!parts->tail.empty()) text += ' ';
  text += parts->tail;
  return text;
}

}  // namespace millwright::store
