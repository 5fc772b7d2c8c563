#include "store/parameters.hpp"

#include <algorithm>
#include <vector>

namespace millwright::store {
namespace {

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/// The end of what begins at `start` and must be copied as it stands: a literal, a quoted name or a comment.
std::size_t end_of_verbatim(std::string_view text, std::size_t start) {
  const auto after = [&](std::string_view mark, std::size_t from) {
    const std::size_t found = text.find(mark, from);
    return found == std::string_view::npos ? text.size() : found + mark.size();
  };
  if (text[start] == '\'' || text[start] == '"') return after(text.substr(start, 1), start + 1);
  if (text.substr(start, 2) == "--") return after("\n", start);
  if (text.substr(start, 2) == "/*") return after("*/", start + 2);
  if (text.substr(start, 2) == "::") return start + 2;
  return start;
}

}  // namespace

NumberedStatement number_parameters(std::string_view text, char prefix) {
  NumberedStatement result;
  std::vector<std::string_view> names;
  result.text.reserve(text.size());
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t end = end_of_verbatim(text, at);
    if (end != at) {
      result.text += text.substr(at, end - at);
      at = end;
      continue;
    }
    std::size_t stop = at + 1;
    if (text[at] == ':') {
      while (stop < text.size() && is_word(text[stop])) ++stop;
    }
    if (stop == at + 1) {
      result.text += text[at++];
      continue;
    }
    const std::string_view name = text.substr(at + 1, stop - at - 1);
    const auto known = std::ranges::find(names, name);
    const std::size_t number = static_cast<std::size_t>(known - names.begin()) + 1;
    if (known == names.end()) names.push_back(name);
    result.text += prefix;
    result.text += std::to_string(number);
    at = stop;
  }
  result.parameters = names.size();
  return result;
}

}  // namespace millwright::store
