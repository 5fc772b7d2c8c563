// How much of the answer is left when retrieved passages are compressed, beside cutting them off and drawing sentences.
//
// MILLWRIGHT_DATA names a folder with retrieval/*.jsonl: questions with passages and reference answers. Of an answer's
// sentences those count that some sentence of the passages supports (half of its words or more); that sentence is the
// gold span. One JSON object a line, with sentences that hold a number always kept and with them judged like others: at
// each target the ratio reached, the share of gold spans kept whole (span_recall), and the share of the answer's words
// that the passages have and still have (word_recall). All methods get the tokens that the compression needed. Without
// the folder a line says so.
#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <random>
#include <set>

#include <fmt/format.h>

#include "base/json.hpp"
#include "features/gateway/extract.hpp"
#include "features/gateway/text_units.hpp"
#include "features/retrieval/retrieval.hpp"

namespace {

using namespace millwright;
namespace fs = std::filesystem;
using Words = std::set<std::uint64_t>;

constexpr double support_min = 0.5;
constexpr std::size_t words_min = 4;  // of a sentence that says anything

struct Task {
  std::string question, before;  // before: what the user had asked already
  std::vector<std::string> passages;
  std::vector<std::string> spans;  // gold: sentences of the passages
  Words answer;                    // words of the answer that the passages have
};

double cpu_seconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

Words words_of(std::string_view text) {
  const auto hashes = gateway::word_hashes(text);
  return {hashes.begin(), hashes.end()};
}

double share_in(const Words& part, const Words& whole) {
  if (part.empty()) return 0;
  const auto shared = std::ranges::count_if(part, [&](std::uint64_t word) { return whole.contains(word); });
  return static_cast<double>(shared) / static_cast<double>(part.size());
}

std::string text_member(const json::value& row) { return std::string(row.at("text").as_string()); }

/// Nothing when the passages do not hold the answer.
std::optional<Task> read_task(const json::value& row) {
  Task task;
  task.question = text_member(row.at("input").as_array().back());
  const auto& turns = row.at("input").as_array();
  for (std::size_t i = 0; i + 1 < turns.size(); ++i) {
    if (turns[i].at("speaker") == "user") task.before += text_member(turns[i]) + "\n";
  }
  Words have;
  std::vector<std::pair<std::string, Words>> sentences;
  for (const auto& context : row.at("contexts").as_array()) {
    task.passages.push_back(text_member(context));
    for (const auto& unit : gateway::units_of(task.passages.back())) {
      sentences.emplace_back(unit.text, words_of(unit.text));
      have.merge(words_of(unit.text));
    }
  }
  for (const auto& target : row.at("targets").as_array()) {
    const auto answer = text_member(target);
    for (const auto sentence : retrieval::split_sentences(answer)) {
      const auto words = words_of(sentence);
      if (words.size() < words_min) continue;
      const auto best = std::ranges::max_element(
          sentences, {}, [&](const auto& candidate) { return share_in(words, candidate.second); });
      if (best == sentences.end() || share_in(words, best->second) < support_min) continue;
      task.spans.push_back(best->first);
    }
    for (const auto word : words_of(answer)) {
      if (have.contains(word)) task.answer.insert(word);
    }
  }
  if (task.spans.empty()) return std::nullopt;
  return task;
}

std::vector<Task> read_tasks(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() == ".jsonl") files.push_back(entry.path());
  }
  std::ranges::sort(files);
  std::vector<Task> tasks;
  for (const auto& file : files) {
    std::ifstream in(file);
    for (std::string line; std::getline(in, line);) {
      const auto row = parse_json(line);
      if (!row) continue;
      if (auto task = read_task(*row)) tasks.push_back(std::move(*task));
    }
  }
  return tasks;
}

using Texts = std::vector<std::string>;

/// The same share of every passage, from its beginning.
Texts cut_off(const Task& task, double share) {
  Texts texts;
  for (const auto& passage : task.passages) {
    std::string text;
    const auto room = share * static_cast<double>(passage.size());
    for (const auto& unit : gateway::units_of(passage)) {
      const auto left = static_cast<std::size_t>(room) - std::min(text.size(), static_cast<std::size_t>(room));
      text += unit.text.substr(0, left);
      if (unit.text.size() > left) break;
      text += unit.behind;
    }
    texts.push_back(std::move(text));
  }
  return texts;
}

Texts drawn(const Task& task, double share, std::mt19937& random) {
  Texts texts;
  for (const auto& passage : task.passages) {
    auto units = gateway::units_of(passage);
    std::ranges::shuffle(units, random);
    std::string text;
    const auto room = share * static_cast<double>(passage.size());
    for (const auto& unit : units) {
      if (static_cast<double>(text.size() + unit.text.size()) <= room) text += std::string(unit.text) + "\n";
    }
    texts.push_back(std::move(text));
  }
  return texts;
}

struct Score {
  double spans = 0, spans_kept = 0, words = 0, words_kept = 0, before = 0, after = 0;

  void add(const Task& task, const Texts& texts, const tokens::Tokeniser& tokeniser) {
    Words have;
    for (const auto& text : texts) {
      have.merge(words_of(text));
      after += static_cast<double>(tokeniser.count(text).tokens);
    }
    for (const auto& passage : task.passages) before += static_cast<double>(tokeniser.count(passage).tokens);
    for (const auto& span : task.spans) {
      ++spans;
      spans_kept += std::ranges::any_of(texts, [&](const auto& text) { return text.find(span) != std::string::npos; });
    }
    words += static_cast<double>(task.answer.size());
    words_kept += share_in(task.answer, have) * static_cast<double>(task.answer.size());
  }
  void print(std::string_view method, std::string_view numbers, int target, std::size_t tasks) const {
    std::cout
        << fmt::format(
               R"({{"benchmark":"compress","method":"{}","case":"{}","target_percent":{},"tasks":{},"ratio":{:.3f},)"
               R"("span_recall":{:.3f},"word_recall":{:.3f}}})",
               method, numbers, target, tasks, after / before, spans_kept / spans, words_kept / words)
        << std::endl;
  }
};

void measure(const std::vector<Task>& tasks, int target, gateway::Numbers numbers, const tokens::Tokeniser& tokeniser) {
  std::mt19937 random(7);
  Score ours, head, drawing;
  for (const auto& task : tasks) {
    gateway::ExtractRequest request{
        .question = task.question, .context = task.before, .keep_percent = target, .numbers = numbers};
    for (const auto& passage : task.passages) request.texts.push_back(passage);
    const auto extracted = gateway::extract(request, tokeniser);
    ours.add(task, extracted.texts, tokeniser);
    const double share = static_cast<double>(extracted.tokens_after) /
                         static_cast<double>(std::max<std::int64_t>(1, extracted.tokens_before));
    head.add(task, cut_off(task, share), tokeniser);
    drawing.add(task, drawn(task, share, random), tokeniser);
  }
  const auto name = numbers == gateway::Numbers::Stay ? "numbers_stay" : "numbers_judged";
  ours.print("extract", name, target, tasks.size());
  head.print("cut_off", name, target, tasks.size());
  drawing.print("random", name, target, tasks.size());
}

void measure_speed(const std::vector<Task>& tasks, const tokens::Tokeniser& tokeniser) {
  std::size_t bytes = 0;
  const auto start = cpu_seconds();
  for (const auto& task : tasks) {
    gateway::ExtractRequest request{.question = task.question, .context = task.before};
    for (const auto& passage : task.passages) {
      request.texts.push_back(passage);
      bytes += passage.size();
    }
    const auto extracted = gateway::extract(request, tokeniser);
    if (extracted.texts.size() != task.passages.size()) std::abort();
  }
  const auto seconds = std::max(cpu_seconds() - start, 1e-6);
  std::cout << fmt::format(R"({{"benchmark":"compress","case":"speed","mb_per_s":{:.1f},"ms_a_task":{:.3f}}})",
                           static_cast<double>(bytes) / seconds / 1e6,
                           seconds * 1e3 / static_cast<double>(tasks.size()))
            << std::endl;
}

}  // namespace

int main() {
  const char* data = std::getenv("MILLWRIGHT_DATA");
  const auto folder = fs::path(data == nullptr ? "" : data) / "retrieval";
  if (data == nullptr || !fs::is_directory(folder)) {
    std::cout << R"({"benchmark":"compress","skipped":"MILLWRIGHT_DATA names no folder with retrieval/*.jsonl"})"
              << std::endl;
    return 0;
  }
  const auto tokeniser = *tokens::find_tokeniser("o200k_base");
  const auto tasks = read_tasks(folder);
  if (tasks.empty()) {
    std::cout << R"({"benchmark":"compress","skipped":"no question with passages that hold its answer"})" << std::endl;
    return 0;
  }
  for (const auto numbers : {gateway::Numbers::Stay, gateway::Numbers::Judged}) {
    for (const int target : {20, 30, 40, 50, 60, 80}) measure(tasks, target, numbers, tokeniser);
  }
  measure_speed(tasks, tokeniser);
}
