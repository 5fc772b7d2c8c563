// The repository as the checks see it: text files with their lines, code without comments and strings, and includes.
#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace tidy {

struct Include {
  std::size_t line = 0;
  std::string path;
  bool is_quoted = false;   // "…" rather than <…>
};

struct File {
  std::string path;                      // relative to the root, with '/'
  std::vector<std::string> lines;        // as they are
  std::vector<std::string> code;         // of C++: comments blanked, literals emptied; else empty
  std::vector<Include> includes;
  [[nodiscard]] bool is_cpp() const { return path.ends_with(".cpp") || path.ends_with(".hpp"); }
  [[nodiscard]] bool is_test() const { return path.ends_with("_test.cpp"); }
  [[nodiscard]] bool is_below(std::string_view folder) const { return path.starts_with(folder); }
};

struct Tree {
  std::filesystem::path root;
  std::vector<File> files;
  std::map<std::string, int> ranks;      // feature → rank, from src/CMakeLists.txt
  [[nodiscard]] const File* find(std::string_view path) const;
};

/// One broken rule. `cure` says what to do instead.
struct Finding {
  std::string path;
  std::size_t line = 1;
  std::string rule;
  std::string cure;
};
using Findings = std::vector<Finding>;

/// Reads src, tests, bench, tools, cmake, docs and what lies at the root; not build trees, dependencies or data.
Tree load_tree(const std::filesystem::path& root);
/// Blanks comments and empties string and character literals, keeping the lines.
std::vector<std::string> strip_code(const std::vector<std::string>& lines);

void check_layers(const Tree& tree, Findings& findings);    // direction of includes
void check_calls(const Tree& tree, Findings& findings);     // banned calls
void check_shape(const Tree& tree, Findings& findings);     // sizes, READMEs, markers, paths of machines
void check_dead(const Tree& tree, Findings& findings);      // headers, statements and sources that nothing uses

/// All checks, in order of path and line.
Findings check_all(const Tree& tree);

}  // namespace tidy
