// Sizes, READMEs, markers of unfinished work, paths of somebody's machine.
#include <array>
#include <cctype>

#include "tree.hpp"

namespace tidy {
namespace {

constexpr std::size_t lines_max = 400;
constexpr std::size_t readme_lines_max = 40;
constexpr std::array markers{std::string_view("TODO"), std::string_view("FIXME"), std::string_view("XXX")};
constexpr std::string_view windows_users = "C:\\\\Users";
/// Folders that hold a machine's own files, and so have no place in the repository.
constexpr std::array machine_folders{std::string_view("work"), std::string_view("tmp"), std::string_view("home"),
                                     std::string_view("Users"), windows_users};

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

bool has_word(std::string_view line, std::string_view word) {
  for (auto at = line.find(word); at != std::string_view::npos; at = line.find(word, at + 1)) {
    const bool begins = at == 0 || !is_word(line[at - 1]);
    const bool ends = at + word.size() == line.size() || !is_word(line[at + word.size()]);
    if (begins && ends) return true;
  }
  return false;
}

/// A path through a folder of the file system's root begins here, rather than the middle of a URL or a relative path.
bool has_path(std::string_view line, std::string_view folder) {
  const std::string path = folder == windows_users ? std::string(folder) : "/" + std::string(folder) + "/";
  for (auto at = line.find(path); at != std::string_view::npos; at = line.find(path, at + 1)) {
    const char before = at == 0 ? ' ' : line[at - 1];
    if (!is_word(before) && before != '.' && before != '/' && before != '}' && before != '*' && before != '-') return true;
  }
  return false;
}

/// A line without its literals: tests may scan any text.
std::string unquoted(const File& file, std::size_t index) {
  const auto& line = file.lines[index];
  if (!file.is_cpp()) return line;
  const auto comment = line.find("//");
  return file.code[index] + (comment == std::string::npos ? std::string() : line.substr(comment));
}

void check_lines(const File& file, Findings& findings) {
  const bool is_data = file.is_below("examples/") || file.path.ends_with(".json");
  for (std::size_t i = 0; i < file.lines.size(); ++i) {
    for (const auto marker : markers) {
      if (!is_data && has_word(unquoted(file, i), marker)) {
        findings.push_back({file.path, i + 1, "marker", "do it now, or open an issue and say here what holds today"});
      }
    }
    for (const auto folder : machine_folders) {
      // Texts that tests scan, and examples of users' own folders, may name any path.
      if (!is_data && !file.is_test() && has_path(file.lines[i], folder)) {
        findings.push_back({file.path, i + 1, "machine-path", "use a path relative to the repository, or an option"});
      }
    }
  }
}

}  // namespace

void check_shape(const Tree& tree, Findings& findings) {
  for (const auto& file : tree.files) {
    check_lines(file, findings);
    if (file.is_cpp() && file.lines.size() > lines_max) {
      findings.push_back({file.path, lines_max + 1, "file-length",
                          "more than " + std::to_string(lines_max) + " lines: give each job a file of its own"});
    }
  }
  for (const auto& [feature, rank] : tree.ranks) {
    const std::string folder = "src/features/" + feature + "/";
    bool has_code = false;
    for (const auto& file : tree.files) has_code = has_code || (file.is_cpp() && file.is_below(folder));
    const File* readme = tree.find(folder + "README.md");
    if (has_code && readme == nullptr) {
      findings.push_back({folder + "README.md", 1, "readme", "say what the feature does, its words, files and invariants"});
    } else if (readme != nullptr && readme->lines.size() > readme_lines_max) {
      findings.push_back({readme->path, readme_lines_max + 1, "readme", "at most 40 lines: move detail to docs/"});
    }
  }
}

}  // namespace tidy
