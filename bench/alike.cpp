// How often two questions of labelled intents would share an answer of the semantic cache, and how often rightly.
//
// MILLWRIGHT_DATA names a folder with intents/*.csv: a heading, then a question and its intent a line. All pairs of a
// file are compared; a pair of two intents is wrong, though some labels are arguable. One JSON object a line, one
// threshold each, by words and by embeddings; then what a comparison costs. Without the folder a line says so.
//
// No embedding model comes with this program. Vectors are read from FILE.vectors.jsonl beside FILE.csv, one JSON array
// a question, in order, from any model; without that file the line for embeddings says so, and what is printed is what
// the guards alone keep apart, and the speed over vectors of no meaning.
#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <random>
#include <vector>

#include <fmt/format.h>

#include "base/text.hpp"
#include "features/gateway/question_meaning.hpp"
#include "features/gateway/question_print.hpp"

namespace {

using namespace millwright;
namespace fs = std::filesystem;

constexpr std::size_t questions_max = 4'000;  // of a file: pairs grow with their square
constexpr std::size_t dimensions_usual = 1'536;

struct Question {
  std::string intent;
  gateway::QuestionPrint print;
  gateway::QuestionFacts facts;
  gateway::Embedding embedding;
};
using Questions = std::vector<Question>;

struct Pair {
  double likeness = 0;
  bool is_right = false;
};

Questions read_questions(const fs::path& file) {
  Questions questions;
  std::ifstream in(file);
  std::string line;
  std::getline(in, line);
  while (questions.size() < questions_max && std::getline(in, line)) {
    const auto comma = line.rfind(',');
    if (comma == std::string::npos) continue;
    std::string text = line.substr(0, comma);
    std::erase(text, '"');
    questions.push_back(
        {std::string(trimmed(line.substr(comma + 1))), gateway::print_of(text), gateway::facts_of(text, {}), {}});
  }
  return questions;
}

/// False when there are none, or not one a question.
bool read_vectors(const fs::path& file, Questions& questions) {
  std::ifstream in(file);
  if (!in) return false;
  std::string line;
  for (auto& question : questions) {
    if (!std::getline(in, line)) return false;
    auto vector = gateway::read_embedding(
        parse_json_object(fmt::format(R"({{"data":[{{"embedding":{}}}]}})", line)).value_or(json::object()));
    if (!vector) return false;
    question.embedding = std::move(*vector);
  }
  return true;
}

double cpu_seconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

template <class Visit>
void for_each_pair(const Questions& questions, const Visit& visit) {
  for (std::size_t i = 0; i < questions.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) visit(questions[i], questions[j]);
  }
}

void print_thresholds(const std::string& name, std::string_view similarity, std::size_t questions,
                      const std::vector<Pair>& pairs) {
  for (const int threshold : {50, 70, 80, 85, 90, 95}) {
    const auto is_over = [threshold](const Pair& pair) { return pair.likeness * 100 >= threshold; };
    const auto shared = std::ranges::count_if(pairs, is_over);
    const auto right = std::ranges::count_if(pairs, [&](const Pair& pair) { return is_over(pair) && pair.is_right; });
    std::cout
        << fmt::format(
               R"({{"benchmark":"alike","file":"{}","similarity":"{}","questions":{},"threshold_percent":{},"pairs":{},"precision":{:.3f}}})",
               name, similarity, questions, threshold, shared,
               shared == 0 ? 1.0 : static_cast<double>(right) / static_cast<double>(shared))
        << std::endl;
  }
}

void print_speed(const std::string& name, std::string_view similarity, double seconds, double compared) {
  std::cout << fmt::format(
                   R"({{"benchmark":"alike","file":"{}","similarity":"{}","case":"speed","ns_a_comparison":{:.1f}}})",
                   name, similarity, seconds * 1e9 / std::max(compared, 1.0))
            << std::endl;
}

double pairs_of(const Questions& questions) {
  return static_cast<double>(questions.size()) * static_cast<double>(questions.size()) / 2;
}

void measure_words(const std::string& name, const Questions& questions) {
  std::vector<Pair> pairs;
  const auto start = cpu_seconds();
  for_each_pair(questions, [&pairs](const Question& a, const Question& b) {
    if (gateway::may_share_answer(a.print, b.print))
      pairs.push_back({gateway::likeness(a.print, b.print), a.intent == b.intent});
  });
  const auto seconds = cpu_seconds() - start;
  print_thresholds(name, "words", questions.size(), pairs);
  print_speed(name, "words", seconds, pairs_of(questions));
}

/// What the guards of similarity by embeddings do to pairs of one intent and of two, whatever vectors would say.
void measure_guards(const std::string& name, const Questions& questions) {
  std::int64_t same = 0, same_allowed = 0, other = 0, other_allowed = 0;
  for_each_pair(questions, [&](const Question& a, const Question& b) {
    const bool is_same = a.intent == b.intent;
    const bool is_allowed = gateway::what_differs(a.facts, b.facts).empty();
    ++(is_same ? same : other);
    if (is_allowed) ++(is_same ? same_allowed : other_allowed);
  });
  std::cout
      << fmt::format(
             R"({{"benchmark":"alike","file":"{}","case":"guards alone","pairs_of_one_intent":{},"allowed":{},"pairs_of_two":{},"allowed_of_two":{}}})",
             name, same, same_allowed, other, other_allowed)
      << std::endl;
}

void measure_embeddings(const std::string& name, const Questions& questions) {
  std::vector<Pair> guarded, bare;
  for_each_pair(questions, [&](const Question& a, const Question& b) {
    const auto alike = gateway::likeness(a.embedding, b.embedding);
    if (alike < 0.5) return;
    const bool is_right = a.intent == b.intent;
    bare.push_back({alike, is_right});
    if (gateway::what_differs(a.facts, b.facts).empty())
      guarded.push_back({gateway::weighed_likeness(alike, a.facts, b.facts), is_right});
  });
  print_thresholds(name, "embeddings", questions.size(), guarded);
  print_thresholds(name, "embeddings without guards", questions.size(), bare);
}

/// Vectors of no meaning: only for how long a comparison takes.
void measure_vector_speed() {
  std::mt19937 random(7);
  std::normal_distribution<float> draw;
  std::vector<gateway::Embedding> vectors(512, gateway::Embedding(dimensions_usual));
  for (auto& vector : vectors) std::ranges::generate(vector, [&] { return draw(random) / 40; });
  double sum = 0;
  const auto start = cpu_seconds();
  for (const auto& a : vectors) {
    for (const auto& b : vectors) sum += gateway::likeness(a, b);
  }
  const auto seconds = cpu_seconds() - start;
  if (sum < 0) std::abort();
  print_speed("", "vectors of 1536 numbers", seconds, static_cast<double>(vectors.size() * vectors.size()));
}

}  // namespace

int main() {
  measure_vector_speed();
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
  for (const auto& file : files) {
    const auto name = file.filename().string();
    auto questions = read_questions(file);
    measure_words(name, questions);
    measure_guards(name, questions);
    const auto vectors = fs::path(file).replace_extension(".vectors.jsonl");
    if (read_vectors(vectors, questions)) {
      measure_embeddings(name, questions);
      continue;
    }
    std::cout << fmt::format(
                     R"({{"benchmark":"alike","file":"{}","similarity":"embeddings","skipped":"{} has no vector )"
                     R"(for each question"}})",
                     name, vectors.filename().string())
              << std::endl;
  }
}
