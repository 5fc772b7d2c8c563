// What nothing uses: headers nobody includes, statements nobody names, sources that belong to no header.
#include <algorithm>
#include <set>

#include "tree.hpp"

namespace tidy {
namespace {

std::string folder_of(const std::string& path) { return path.substr(0, path.rfind('/') + 1); }

/// "src/features/x/" for files of a feature, "src/io/" for others.
std::string room_of(const std::string& path) {
  const auto second = path.find('/', 4);
  if (!path.starts_with("src/features/")) return path.substr(0, second + 1);
  return path.substr(0, path.find('/', 13) + 1);
}

void check_headers(const Tree& tree, Findings& findings) {
  std::set<std::string> included;
  for (const auto& file : tree.files) {
    for (const auto& include : file.includes) included.insert(include.path);
  }
  for (const auto& file : tree.files) {
    if (!file.path.ends_with(".hpp")) continue;
    const std::string from_src = file.path.starts_with("src/") ? file.path.substr(4) : file.path;
    const std::string name = file.path.substr(file.path.rfind('/') + 1);
    const bool is_used = included.contains(from_src) || included.contains(file.path) || included.contains(name) ||
                         name == "precompiled.hpp";
    if (!is_used) findings.push_back({file.path, 1, "dead-header", "nobody includes it: remove it"});
  }
}

void check_statements(const Tree& tree, Findings& findings) {
  constexpr std::string_view mark = "-- name: ";
  for (const auto& file : tree.files) {
    if (!file.path.ends_with(".sql") || !file.is_below("src/")) continue;
    const auto room = room_of(file.path);
    for (std::size_t i = 0; i < file.lines.size(); ++i) {
      if (!file.lines[i].starts_with(mark)) continue;
      const std::string name = "sql::" + file.lines[i].substr(mark.size());
      const bool is_named = std::ranges::any_of(tree.files, [&](const File& source) {
        if (!source.is_cpp() || source.is_test() || !source.is_below(room)) return false;
        return std::ranges::any_of(source.code, [&](const std::string& line) { return line.find(name) != std::string::npos; });
      });
      if (!is_named) findings.push_back({file.path, i + 1, "dead-statement", "nobody runs " + name + ": remove it"});
    }
  }
}

/// A source belongs to a header of its own room, or is a program.
void check_sources(const Tree& tree, Findings& findings) {
  for (const auto& file : tree.files) {
    const bool is_program = file.path.ends_with("/main.cpp") || file.path.ends_with("/precompiled.cpp");
    if (!file.path.ends_with(".cpp") || file.is_test() || is_program || !file.is_below("src/")) continue;
    const auto room = room_of(file.path).substr(4);
    const bool has_header = std::ranges::any_of(file.includes, [&](const Include& include) {
      return include.is_quoted && include.path.starts_with(room);
    });
    // Compiled parts of a library that is headers only.
    const bool is_anchor = std::ranges::any_of(file.includes, [](const Include& include) { return include.path.ends_with("/src.hpp"); });
    if (!has_header && !is_anchor) {
      findings.push_back({file.path, 1, "dead-source", "it implements no header of " + folder_of(file.path) + ": name the one it belongs to"});
    }
  }
}

}  // namespace

void check_dead(const Tree& tree, Findings& findings) {
  check_headers(tree, findings);
  check_statements(tree, findings);
  check_sources(tree, findings);
}

}  // namespace tidy
