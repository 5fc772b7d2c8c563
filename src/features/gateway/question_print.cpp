#include "features/gateway/question_print.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/text.hpp"
#include "base/tokens/rank_format.hpp"
#include "features/gateway/function_words.hpp"
#include "features/gateway/question_words.hpp"

namespace millwright::gateway {
namespace {

constexpr std::size_t stem_bytes = 6;  // of a word, for its feature: forms of one word meet
constexpr double same_answer_likeness = 0.8;
constexpr float word_weight = 2, neutral_weight = 0.3F, trigram_weight = 1;

void add_feature(QuestionPrint& print, std::string_view bytes, float weight) {
  const auto hash = tokens::hash_token(bytes);
  print.vector[hash % QuestionPrint::dimensions] += (hash >> 63) != 0 ? weight : -weight;
}

void add_features(QuestionPrint& print, const QuestionWord& word) {
  const bool is_neutral = is_neutral_word(word.folded);
  add_feature(print, utf8_prefix(word.folded, stem_bytes), is_neutral ? neutral_weight : word_weight);
  if (is_neutral) return;
  const auto framed = " " + word.folded + " ";
  for (std::size_t at = 0; at + 3 <= framed.size(); ++at) {
    add_feature(print, std::string_view(framed).substr(at, 3), trigram_weight);
  }
}

void normalize(std::array<float, QuestionPrint::dimensions>& vector) {
  double sum = 0;
  for (const auto value : vector) sum += static_cast<double>(value) * static_cast<double>(value);
  if (sum <= 0) return;
  const auto scale = static_cast<float>(1 / std::sqrt(sum));
  for (auto& value : vector) value *= scale;
}

}  // namespace

std::size_t QuestionPrint::bytes() const {
  std::size_t sum = sizeof *this;
  for (const auto* list : {&guards, &subjects}) {
    for (const auto& word : *list) sum += sizeof word + word.capacity();
  }
  return sum;
}

QuestionPrint print_of(std::string_view question) {
  QuestionPrint print;
  bool has_direction = false, is_first = true;
  for (const auto& word : question_words(question)) {
    if (std::exchange(is_first, false) && is_whether_word(word.folded)) print.guards.emplace_back("?whether");
    if (word.is_number)
      print.guards.push_back("#" + word.folded);
    else if (is_negation(word.folded))
      print.guards.emplace_back("!");
    else if (is_question_word(word.folded))
      print.guards.push_back("?" + word.folded);
    else if (is_direction_word(word.folded)) {
      print.guards.push_back(">" + word.folded);
      has_direction = true;
    } else if (word.is_capital) {
      print.guards.push_back("@" + word.folded);
    }
    const bool is_subject = !is_neutral_word(word.folded) && !word.is_number;
    if (is_subject) print.subjects.push_back(word.folded);
    add_features(print, word);
  }
  if (!has_direction) std::ranges::sort(print.subjects);
  normalize(print.vector);
  return print;
}

std::string_view what_differs(const QuestionPrint& a, const QuestionPrint& b) {
  const auto [one, other] = std::ranges::mismatch(a.guards, b.guards);
  const bool is_longer = one != a.guards.end();
  if (is_longer || other != b.guards.end()) {
    switch ((is_longer ? *one : *other).front()) {
      case '#': return "numbers";
      case '!': return "negation";
      case '?': return "question";
      case '>': return "order";
      default: return "names";
    }
  }
  return std::ranges::equal(a.subjects, b.subjects, is_one_word) ? "" : "words";
}

double likeness(const QuestionPrint& a, const QuestionPrint& b) {
  double sum = 0;
  for (std::size_t i = 0; i < QuestionPrint::dimensions; ++i) {
    sum += static_cast<double>(a.vector[i]) * static_cast<double>(b.vector[i]);
  }
  return std::clamp(sum, 0.0, 1.0);
}

bool say_the_same(const QuestionPrint& a, const QuestionPrint& b) {
  if (likeness(a, b) < same_answer_likeness) return false;
  const auto facts_of = [](const QuestionPrint& print) {
    std::vector<std::string> facts;
    for (const auto& guard : print.guards) {
      if (guard.front() == '#' || guard.front() == '!') facts.push_back(guard);
    }
    std::ranges::sort(facts);
    return facts;
  };
  return facts_of(a) == facts_of(b);
}

}  // namespace millwright::gateway
