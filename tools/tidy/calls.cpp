// Banned calls, each with its replacement.
#include <algorithm>
#include <array>
#include <cctype>

#include "tree.hpp"

namespace tidy {
namespace {

enum class Tests { Checked, Exempt };

struct Ban {
  std::string_view text;          // what stands in the code; a word does not match inside a longer one
  std::string_view rule;
  std::string_view cure;
  Tests tests;
  std::string_view exempt_below;  // folders where it is the right thing to use
};
constexpr std::array bans{
    Ban{"asio::detached", "detached", "io::spawn(executor, name, task): it reports what the coroutine throws", Tests::Exempt, ""},
    Ban{"thread.detach()", "thread-detach", "keep a std::jthread and join it, or use the blocking pool", Tests::Checked, ""},
    Ban{").detach()", "thread-detach", "keep a std::jthread and join it, or use the blocking pool", Tests::Checked, ""},
    Ban{"this_thread::sleep_for", "sleep", "wait for the event itself; in a coroutine io::sleep_for", Tests::Checked, ""},
    Ban{"this_thread::sleep_until", "sleep", "wait for the event itself; in a coroutine io::sleep_for", Tests::Checked, ""},
    Ban{"usleep(", "sleep", "wait for the event itself", Tests::Checked, ""},
    Ban{"rand(", "rand", "random_bytes of base/digest.hpp; in tests a seeded std::mt19937_64", Tests::Checked, ""},
    Ban{"srand(", "rand", "random_bytes of base/digest.hpp; in tests a seeded std::mt19937_64", Tests::Checked, ""},
    Ban{"strcpy(", "c-string", "std::string", Tests::Checked, ""},
    Ban{"strcat(", "c-string", "std::string", Tests::Checked, ""},
    Ban{"sprintf(", "c-string", "fmt::format", Tests::Checked, ""},
    Ban{"gets(", "c-string", "std::getline", Tests::Checked, ""},
    Ban{"system(", "shell", "io/sandbox: a child process without a shell", Tests::Exempt, ""},
    Ban{"popen(", "shell", "io/sandbox: a child process without a shell", Tests::Exempt, ""},
    Ban{"std::regex", "std-regex", "RE2 for users' patterns, the detectors' pattern set for ours", Tests::Checked, ""},
    Ban{"printf(", "stdout", "return text and print it in cli/; logs go to stderr", Tests::Exempt, "cli app"},
    Ban{"std::cout", "stdout", "return text and print it in cli/; logs go to stderr", Tests::Exempt, "cli app"},
    Ban{"puts(", "stdout", "return text and print it in cli/; logs go to stderr", Tests::Exempt, "cli app"},
    Ban{"using namespace std;", "using-std", "write std::", Tests::Checked, ""},
    Ban{"reinterpret_pointer_cast", "cast", "give the type its own interface", Tests::Checked, ""},
};

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

/// Finds `text` where no longer word and no member of something else begins it.
bool has_call(std::string_view line, std::string_view text) {
  for (auto at = line.find(text); at != std::string_view::npos; at = line.find(text, at + 1)) {
    if (text.ends_with(".detach()")) return true;
    const bool is_inside_word = at > 0 && (is_word(line[at - 1]) || line[at - 1] == '.' || line[at - 1] == '>');
    const bool is_of_other_namespace = at > 1 && line[at - 1] == ':' && text.find("::") == std::string_view::npos &&
                                       !(at == 2 || (at > 4 && line.substr(at - 5, 5) == "std::") || !is_word(line[at - 3]));
    const bool is_longer = is_word(text.back()) && at + text.size() < line.size() && is_word(line[at + text.size()]);
    if (!is_inside_word && !is_of_other_namespace && !is_longer) return true;
  }
  return false;
}

/// `catch (...)` whose block does nothing.
bool swallows_all(const File& file, std::size_t index) {
  const std::string_view line = file.code[index];
  const auto at = line.find("catch (...)");
  if (at == std::string_view::npos) return false;
  std::string rest(line.substr(at + 11));
  for (std::size_t i = index + 1; i < std::min(index + 3, file.code.size()); ++i) rest += file.code[i];
  std::erase_if(rest, [](char c) { return std::isspace(static_cast<unsigned char>(c)) != 0; });
  return rest.starts_with("{}");
}

/// A statement of SQL as a literal in the code.
bool holds_sql(std::string_view line) {
  for (const std::string_view start : {"\"SELECT ", "\"INSERT INTO ", "\"UPDATE ", "\"DELETE FROM ", "\"CREATE TABLE "}) {
    if (line.find(start) != std::string_view::npos) return true;
  }
  return false;
}

bool is_exempt(const File& file, const Ban& ban) {
  if (ban.exempt_below.empty()) return false;
  const auto layer = file.path.substr(4, file.path.find('/', 4) - 4);
  return ban.exempt_below.find(layer) != std::string_view::npos;
}

void check_file(const File& file, Findings& findings) {
  const bool is_test = file.is_test() || !file.is_below("src/");
  for (std::size_t i = 0; i < file.code.size(); ++i) {
    for (const auto& ban : bans) {
      if (ban.tests == Tests::Exempt && is_test) continue;
      if (is_exempt(file, ban)) continue;
      if (has_call(file.code[i], ban.text)) findings.push_back({file.path, i + 1, std::string(ban.rule), std::string(ban.cure)});
    }
    if (swallows_all(file, i)) {
      findings.push_back({file.path, i + 1, "swallowed", "handle what is thrown, or say why it cannot matter and count it"});
    }
    if (!is_test && file.is_below("src/features/") && holds_sql(file.lines[i])) {
      findings.push_back({file.path, i + 1, "sql-text", "put the statement into the feature's sql/ folder and name it"});
    }
  }
}

}  // namespace

void check_calls(const Tree& tree, Findings& findings) {
  for (const auto& file : tree.files) {
    if (file.is_cpp() && (file.is_below("src/") || file.is_below("tests/"))) check_file(file, findings);
  }
}

}  // namespace tidy
