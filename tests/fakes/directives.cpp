#include "tests/fakes/directives.hpp"

#include <cstdlib>

namespace millwright::test {

bool find_directive(std::string_view text, std::string_view name, std::string& value) {
  const auto mark = "[[" + std::string(name);
  const auto open = text.find(mark);
  if (open == std::string_view::npos) return false;
  const auto start = open + mark.size();
  const auto end = text.find("]]", start);
  if (end == std::string_view::npos || (text[start] != '=' && start != end)) return false;
  value = start == end ? std::string() : std::string(text.substr(start + 1, end - start - 1));
  return true;
}

bool has_directive(std::string_view text, std::string_view name) {
  std::string ignored;
  return find_directive(text, name, ignored);
}

std::int64_t number_directive(std::string_view text, std::string_view name, std::int64_t otherwise) {
  std::string value;
  return find_directive(text, name, value) ? std::atoll(value.c_str()) : otherwise;
}

}  // namespace millwright::test
