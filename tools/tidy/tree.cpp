#include "tree.hpp"

#include <algorithm>
#include <fstream>
#include <sstream>

namespace tidy {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view folders[] = {"src",      "tests", "bench", "tools", "cmake",   "docs",
                                        "examples", "packaging", "console/src", ".ci"};
constexpr std::string_view suffixes[] = {".cpp", ".hpp", ".h",   ".c",   ".sql", ".md", ".txt",  ".cmake",
                                         ".yaml", ".yml", ".sh", ".mjs", ".ts",  ".tsx", ".css", ".json"};

bool is_text(const fs::path& path) {
  const auto name = path.filename().string();
  if (name.find('.') == std::string::npos) return true;   // scripts such as ./run
  return std::ranges::any_of(suffixes, [&](std::string_view suffix) { return name.ends_with(suffix); });
}

bool is_skipped(const std::string& path) {
  for (const std::string_view part : {"/node_modules/", "/dist/", "/corpus/", "/golden/", "/build/", "tools/tidy/"}) {
    if (path.find(part) != std::string::npos) return true;
  }
  return path.ends_with("package-lock.json");
}

std::vector<std::string> read_lines(const fs::path& path) {
  std::vector<std::string> lines;
  std::ifstream stream(path);
  for (std::string line; std::getline(stream, line);) {
    if (line.ends_with('\r')) line.pop_back();
    lines.push_back(std::move(line));
  }
  return lines;
}

std::vector<Include> find_includes(const std::vector<std::string>& lines) {
  std::vector<Include> includes;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    std::string_view line = lines[i];
    if (!line.starts_with("#include")) continue;
    const auto begin = line.find_first_of("\"<", 8);
    if (begin == std::string_view::npos) continue;
    const auto end = line.find_first_of("\">", begin + 1);
    if (end == std::string_view::npos) continue;
    includes.push_back({i + 1, std::string(line.substr(begin + 1, end - begin - 1)), line[begin] == '"'});
  }
  return includes;
}

/// The features in the order of their libraries: a room links only rooms above it in the file.
std::map<std::string, int> read_ranks(const fs::path& cmake_lists) {
  std::map<std::string, int> ranks;
  constexpr std::string_view mark = "features/";
  for (const auto& line : read_lines(cmake_lists)) {
    const auto at = line.find(mark);
    if (!line.starts_with("millwright_room(") || at == std::string::npos) continue;
    const auto end = line.find_first_of(" )/", at + mark.size());
    ranks.emplace(line.substr(at + mark.size(), end - at - mark.size()), static_cast<int>(ranks.size()) + 1);
  }
  return ranks;
}

void add_file(Tree& tree, const fs::path& path) {
  File file;
  file.path = fs::relative(path, tree.root).generic_string();
  if (!is_text(path) || is_skipped(file.path)) return;
  file.lines = read_lines(path);
  if (file.is_cpp()) {
    file.code = strip_code(file.lines);
    file.includes = find_includes(file.lines);
  }
  tree.files.push_back(std::move(file));
}

/// What a position in C++ text belongs to.
enum class State { Code, LineComment, BlockComment, Text, Character, RawText };

class Stripper {
 public:
  std::string strip(const std::string& line) {
    std::string out;
    if (state_ == State::LineComment) state_ = State::Code;
    for (std::size_t i = 0; i < line.size(); ++i) step(line, i, out);
    if (state_ == State::Text || state_ == State::Character) state_ = State::Code;
    return out;
  }

 private:
  void step(const std::string& line, std::size_t& i, std::string& out) {
    const char c = line[i];
    const char next = i + 1 < line.size() ? line[i + 1] : '\0';
    switch (state_) {
      case State::Code: return step_code(line, i, out, c, next);
      case State::LineComment: return;
      case State::BlockComment:
        if (c == '*' && next == '/') {
          state_ = State::Code;
          ++i;
        }
        return;
      case State::Text:
      case State::Character:
        if (c == '\\') {
          ++i;
        } else if (c == (state_ == State::Text ? '"' : '\'')) {
          out += c;
          state_ = State::Code;
        }
        return;
      case State::RawText:
        if (line.compare(i, raw_end_.size(), raw_end_) == 0) {
          i += raw_end_.size() - 1;
          out += '"';
          state_ = State::Code;
        }
        return;
    }
  }

  void step_code(const std::string& line, std::size_t& i, std::string& out, char c, char next) {
    const bool is_digit_separator = c == '\'' && !out.empty() && std::isxdigit(static_cast<unsigned char>(out.back())) != 0 &&
                                    std::isxdigit(static_cast<unsigned char>(next)) != 0;
    if (c == '/' && next == '/') {
      state_ = State::LineComment;
    } else if (c == '/' && next == '*') {
      state_ = State::BlockComment;
      ++i;
    } else if (c == 'R' && next == '"') {
      const auto open = line.find('(', i);
      if (open == std::string::npos) return;
      raw_end_ = ")" + line.substr(i + 2, open - i - 2) + "\"";
      i = open;
      out += '"';
      state_ = State::RawText;
    } else if (c == '"') {
      out += c;
      state_ = State::Text;
    } else if (c == '\'' && !is_digit_separator) {
      out += c;
      state_ = State::Character;
    } else {
      out += c;
    }
  }

  State state_ = State::Code;
  std::string raw_end_;
};

}  // namespace

const File* Tree::find(std::string_view path) const {
  const auto found = std::ranges::find(files, path, &File::path);
  return found == files.end() ? nullptr : &*found;
}

std::vector<std::string> strip_code(const std::vector<std::string>& lines) {
  Stripper stripper;
  std::vector<std::string> code;
  code.reserve(lines.size());
  for (const auto& line : lines) code.push_back(stripper.strip(line));
  return code;
}

Tree load_tree(const fs::path& root) {
  Tree tree;
  tree.root = root;
  tree.ranks = read_ranks(root / "src" / "CMakeLists.txt");
  for (const auto folder : folders) {
    std::error_code reason;
    for (fs::recursive_directory_iterator entry(root / folder, reason), end; !reason && entry != end; entry.increment(reason)) {
      if (entry->is_regular_file()) add_file(tree, entry->path());
    }
  }
  std::error_code reason;
  for (const auto& entry : fs::directory_iterator(root, reason)) {
    if (entry.is_regular_file()) add_file(tree, entry.path());
  }
  std::ranges::sort(tree.files, {}, &File::path);
  return tree;
}

Findings check_all(const Tree& tree) {
  Findings findings;
  check_layers(tree, findings);
  check_calls(tree, findings);
  check_shape(tree, findings);
  check_dead(tree, findings);
  std::ranges::sort(findings, [](const Finding& a, const Finding& b) {
    return std::tie(a.path, a.line, a.rule) < std::tie(b.path, b.line, b.rule);
  });
  return findings;
}

}  // namespace tidy
