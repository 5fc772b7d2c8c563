// Megabytes a second of counting tokens: English, code, languages with other scripts, and one endless word.
//
// One JSON object a line: for each text its bytes, tokens and speed by o200k_base, cl100k_base and by the estimate.
#include <algorithm>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>

#include <fmt/format.h>

#include "base/json.hpp"
#include "base/tokens/tokeniser.hpp"
#include "tests/support/repository.hpp"

namespace {

using namespace millwright;
namespace fs = std::filesystem;

constexpr std::size_t text_bytes = 1 << 20;

double cpu_seconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

std::string filled(std::string text) {
  if (text.empty()) return text;
  while (text.size() < text_bytes) text += text;
  return text;
}

std::string files_below(const fs::path& folder, std::string_view extension) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.path().extension() == extension) files.push_back(entry.path());
  }
  std::ranges::sort(files);
  std::string text;
  for (const auto& file : files) {
    std::ifstream in(file);
    text.append(std::istreambuf_iterator<char>(in), {});
    if (text.size() > text_bytes) break;
  }
  return text;
}

/// The texts of a golden file, one in each line's `member`.
std::string golden_texts(const char* name) {
  std::ifstream in(test::repository() / "tests/golden/tokens" / name);
  std::string text;
  for (std::string line; std::getline(in, line);) {
    if (const auto parsed = parse_json_object(line)) text += std::string(string_member(*parsed, "text")) + "\n";
  }
  return text;
}

void measure(std::string_view name, const std::string& text, const tokens::Tokeniser& tokeniser) {
  double best = 1e9;
  std::int64_t count = 0;
  for (int round = 0; round < 5; ++round) {
    const auto start = cpu_seconds();
    count = tokeniser.count(text).tokens;
    best = std::min(best, cpu_seconds() - start);
  }
  std::cout << json::serialize(
                   json::object{{"benchmark", "tokenise"},
                                {"text", name},
                                {"tokeniser", tokeniser.name()},
                                {"bytes", text.size()},
                                {"tokens", count},
                                {"mb_per_s", static_cast<double>(text.size()) / std::max(best, 1e-6) / 1e6}})
            << std::endl;
}

}  // namespace

int main() {
  const auto root = test::repository();
  const std::vector<std::pair<std::string_view, std::string>> texts{
      {"english", filled(files_below(root / "docs", ".md"))},
      {"code", filled(files_below(root / "src", ".cpp"))},
      {"languages", filled(golden_texts("estimates.jsonl"))},
      {"hard", filled(golden_texts("encodings.jsonl"))},
      {"one_word", std::string(text_bytes, 'a')}};
  for (const auto& [name, text] : texts) {
    for (const char* tokeniser : {"o200k_base", "cl100k_base", "broad"}) {
      measure(name, text, *tokens::find_tokeniser(tokeniser));
    }
  }
}
