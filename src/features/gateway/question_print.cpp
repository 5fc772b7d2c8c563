#include "features/gateway/question_print.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/text.hpp"
#include "base/tokens/characters.hpp"
#include "base/tokens/rank_format.hpp"
#include "features/gateway/function_words.hpp"

namespace millwright::gateway {
namespace {

namespace character = tokens::character;

constexpr std::size_t stem_bytes_min = 4;  // common beginning of two forms of one word
constexpr std::size_t stem_bytes = 6;      // of a word, for its feature: forms of one word meet
constexpr double same_answer_likeness = 0.8;
constexpr float word_weight = 2, neutral_weight = 0.3F, trigram_weight = 1;

// Politeness, articles, pronouns, auxiliaries: they may differ. Not words of duty and leave ("must", "may", "need").
constexpr std::string_view neutral_words =
    " a an the this that these those i me my we us our you your it its is are was were am be been do does did can "
    "could "
    "would will please have has had tell like want know help there of and also just "
    "ich mir mein meine meinen wir uns unser unsere sie ihr ihre der die das den dem des ein eine einen einem einer "
    "ist "
    "sind war bin bitte kann können könnte könnten will man es auch mal denn "
    "je me mon ma mes nous notre nos vous votre vos le la les un une des est sont suis peux peut puis pouvez veux "
    "voudrais s il plaît el los las una mi mis es son puedo puede quiero favor por ";
// A question that begins with one of these asks whether, not how.
constexpr std::string_view whether_words =
    " is are was were am has have had does do did will ist sind war hat haben wird gibt est sont a ont es son está "
    "están ha ";
constexpr std::string_view question_words =
    " who whom whose what when where why which how wer wen wem was wann wo warum wieso weshalb wie wohin woher welche "
    "welcher welches qui que quoi quand où pourquoi comment combien quel quelle quién qué cuándo dónde cómo cuánto "
    "cuál ";
constexpr std::string_view direction_words =
    " from to into onto than before after over under instead versus vs between von nach zu zum zur vor als statt aus "
    "in "
    "vers avant après contre depuis desde hasta antes después hacia a à ";

bool is_listed(std::string_view list, std::string_view word) {
  const auto framed = " " + std::string(word) + " ";
  return list.find(framed) != std::string_view::npos;
}

struct Word {
  std::string_view raw;
  std::string folded;
  bool is_number = false, is_capital = false, begins_sentence = false;
};

bool is_sign_of_value(std::string_view text, std::size_t at) {
  for (const std::string_view sign : {"%", "$", "\u20ac", "\u00a3", "\u00a5", "\u00b0"}) {
    if (text.substr(at).starts_with(sign)) return true;
  }
  return false;
}

/// Words and the signs that give numbers their meaning.
std::vector<Word> words_of(std::string_view text) {
  std::vector<Word> words;
  bool begins_sentence = true;
  for (std::size_t at = 0; at < text.size();) {
    auto next = tokens::character_at(text, at);
    const auto is_part = [](std::uint8_t classes) {
      return (classes & (character::letter | character::mark | character::number)) != 0;
    };
    if (!is_part(next.classes)) {
      if (is_sign_of_value(text, at))
        words.push_back({text.substr(at, next.bytes), std::string(text.substr(at, next.bytes)), true});
      if (text[at] == '.' || text[at] == '!' || text[at] == '?' || text[at] == '\n') begins_sentence = true;
      at += next.bytes;
      continue;
    }
    Word word{.begins_sentence = begins_sentence};
    begins_sentence = false;
    const auto begin = at;
    while (is_part(next.classes)) {
      word.is_number |= next.classes == character::number;
      word.is_capital |= next.classes == character::upper && (at > begin || !word.begins_sentence);
      at += next.bytes;
      next = tokens::character_at(text, at);
    }
    word.raw = text.substr(begin, at - begin);
    word.folded = normalized_for_comparison(word.raw);
    if (word.is_number && begin > 0 && text[begin - 1] == '-' && (begin == 1 || text[begin - 2] == ' '))
      word.folded.insert(0, "-");
    if (word.folded == "i") word.is_capital = false;
    words.push_back(std::move(word));
  }
  return words;
}

void add_feature(QuestionPrint& print, std::string_view bytes, float weight) {
  const auto hash = tokens::hash_token(bytes);
  print.vector[hash % QuestionPrint::dimensions] += (hash >> 63) != 0 ? weight : -weight;
}

void add_features(QuestionPrint& print, const Word& word) {
  const bool is_neutral = is_listed(neutral_words, word.folded);
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

bool is_one_word(std::string_view a, std::string_view b) {
  if (a == b) return true;
  const auto shorter = std::min(a.size(), b.size());
  const auto [end, unused] = std::ranges::mismatch(a, b);
  const auto common = static_cast<std::size_t>(end - a.begin());
  return common >= stem_bytes_min && common + 3 >= std::max(a.size(), b.size()) && common + 2 >= shorter;
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
  for (const auto& word : words_of(question)) {
    if (std::exchange(is_first, false) && is_listed(whether_words, word.folded)) print.guards.emplace_back("?whether");
    if (word.is_number)
      print.guards.push_back("#" + word.folded);
    else if (is_negation(word.folded))
      print.guards.emplace_back("!");
    else if (is_listed(question_words, word.folded))
      print.guards.push_back("?" + word.folded);
    else if (is_listed(direction_words, word.folded)) {
      print.guards.push_back(">" + word.folded);
      has_direction = true;
    } else if (word.is_capital) {
      print.guards.push_back("@" + word.folded);
    }
    const bool is_subject = !is_listed(neutral_words, word.folded) && !word.is_number;
    if (is_subject) print.subjects.push_back(word.folded);
    add_features(print, word);
  }
  if (!has_direction) std::ranges::sort(print.subjects);
  normalize(print.vector);
  return print;
}

bool may_share_answer(const QuestionPrint& a, const QuestionPrint& b) {
  return a.guards == b.guards && std::ranges::equal(a.subjects, b.subjects, is_one_word);
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
