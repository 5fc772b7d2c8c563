// How often two questions of labelled intents would share an answer of the semantic cache, and how often rightly.
//
// MILLWRIGHT_DATA names a folder with intents/*.csv: a question and its intent a line. All pairs of a file are
// compared; a pair of two intents is wrong, though some labels are arguable. One JSON object a line, one threshold
// each; the last says what a comparison costs. Without the folder a line says so.
#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <vector>

#include <fmt/format.h>

#include "base/text.hpp"
#include "features/gateway/question_print.hpp"

namespace {

using namespace millwright;
namespace fs = std::filesystem;

struct Question {
  std::string intent;
  gateway::QuestionPrint print;
};

std::vector<Question> read_questions(const fs::path& file) {
  std::vector<Question> questions;
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) {
    const auto comma = line.rfind(',');
    if (comma == std::string::npos) continue;
    std::string text = line.substr(0, comma);
    std::erase(text, '"');
    questions.push_back({std::string(trimmed(line.substr(comma + 1))), gateway::print_of(text)});
  }
  return questions;
}

double cpu_seconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

void measure(const std::string& name, const std::vector<Question>& questions) {
  struct Pair {
    double likeness = 0;
    bool is_right = false;
  };
  std::vector<Pair> pairs;
  const auto start = cpu_seconds();
  for (std::size_t i = 0; i < questions.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (!gateway::may_share_answer(questions[i].print, questions[j].print)) continue;
      pairs.push_back(
          {gateway::likeness(questions[i].print, questions[j].print), questions[i].intent == questions[j].intent});
    }
  }
  const auto seconds = cpu_seconds() - start;
  for (const int threshold : {50, 70, 85, 95}) {
    const auto is_over = [threshold](const Pair& pair) { return pair.likeness * 100 >= threshold; };
    const auto shared = std::ranges::count_if(pairs, is_over);
    const auto right = std::ranges::count_if(pairs, [&](const Pair& pair) { return is_over(pair) && pair.is_right; });
    std::cout
        << fmt::format(
               R"({{"benchmark":"alike","file":"{}","questions":{},"threshold_percent":{},"pairs":{},"precision":{:.3f}}})",
               name, questions.size(), threshold, shared,
               shared == 0 ? 1.0 : static_cast<double>(right) / static_cast<double>(shared))
        << std::endl;
  }
  const auto compared = static_cast<double>(questions.size()) * static_cast<double>(questions.size()) / 2;
  std::cout << fmt::format(R"({{"benchmark":"alike","file":"{}","case":"speed","ns_a_comparison":{:.1f}}})", name,
                           seconds * 1e9 / std::max(compared, 1.0))
            << std::endl;
}

}  // namespace

int main() {
  const char* data = std::getenv("MILLWRIGHT_DATA");
  const auto folder = fs::path(data == nullptr ? "" : data) / "intents";
  if (data == nullptr || !fs::is_directory(folder)) {
    std::cout << R"({"benchmark":"alike","skipped":"MILLWRIGHT_DATA names no folder with intents/*.csv"})" << std::endl;
    return 0;
  }
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() == ".csv") files.push_back(entry.path());
  }
  std::ranges::sort(files);
  for (const auto& file : files) measure(file.filename().string(), read_questions(file));
}
