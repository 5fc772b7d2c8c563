#include "extensions/parsers/front_matter.hpp"

#include "base/text.hpp"

namespace millwright::extensions {

FrontMatter read_front_matter(std::string_view text) {
  FrontMatter out;
  if (!text.starts_with("---\n")) return out;
  const std::size_t end = text.find("\n---", 3);
  if (end == std::string_view::npos) return out;
  const std::size_t after = text.find('\n', end + 4);
  for (const std::string_view line : split(text.substr(4, end - 4 + 1), '\n')) {
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos || line.starts_with(' ')) continue;
    const std::string key = to_lower_ascii(trimmed(line.substr(0, colon)));
    std::string_view value = trimmed(line.substr(colon + 1));
    if (value.size() >= 2 && (value.front() == '"' || value.front() == '\'') && value.back() == value.front()) {
      value = value.substr(1, value.size() - 2);
    }
    if (key == "title") out.title = value;
    if (key == "lang" || key == "language") out.language = value;
    if (key == "updated" || key == "date" || key == "last_reviewed" || key == "reviewed") {
      out.updated = value.size() >= 10 && value[4] == '-' && value[7] == '-' ? value.substr(0, 10) : std::string_view();
    }
  }
  out.bytes = after == std::string_view::npos ? text.size() : after + 1;
  return out;
}

}  // namespace millwright::extensions
