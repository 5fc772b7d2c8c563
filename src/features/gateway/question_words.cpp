#include "features/gateway/question_words.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "base/tokens/characters.hpp"

namespace millwright::gateway {
namespace {

namespace character = tokens::character;

constexpr std::size_t stem_bytes_min = 4;  // common beginning of two forms of one word

constexpr std::string_view neutral_words =
    " a an the this that these those i me my we us our you your it its is are was were am be been do does did can "
    "could "
    "would will please have has had tell like want know help there of and also just "
    "ich mir mein meine meinen wir uns unser unsere sie ihr ihre der die das den dem des ein eine einen einem einer "
    "ist "
    "sind war bin bitte kann können könnte könnten will man es auch mal denn "
    "je me mon ma mes nous notre nos vous votre vos le la les un une des est sont suis peux peut puis pouvez veux "
    "voudrais s il plaît el los las una mi mis es son puedo puede quiero favor por ";
constexpr std::string_view whether_words =
    " is are was were am has have had does do did will ist sind war hat haben wird gibt est sont a ont es son está "
    "están ha ";
constexpr std::string_view question_words_list =
    " who whom whose what when where why which how wer wen wem was wann wo warum wieso weshalb wie wohin woher welche "
    "welcher welches qui que quoi quand où pourquoi comment combien quel quelle quién qué cuándo dónde cómo cuánto "
    "cuál ";
constexpr std::string_view direction_words =
    " from to into onto than before after over under instead versus vs between von nach zu zum zur vor als statt aus "
    "in "
    "vers avant après contre depuis desde hasta antes después hacia a à ";

bool is_sign_of_value(std::string_view text, std::size_t at) {
  for (const std::string_view sign : {"%", "$", "\u20ac", "\u00a3", "\u00a5", "\u00b0"}) {
    if (text.substr(at).starts_with(sign)) return true;
  }
  return false;
}

}  // namespace

bool is_listed(std::string_view list, std::string_view word) {
  for (auto at = list.find(word); at != std::string_view::npos && !word.empty(); at = list.find(word, at + 1)) {
    if (at > 0 && list[at - 1] == ' ' && at + word.size() < list.size() && list[at + word.size()] == ' ') return true;
  }
  return false;
}
bool is_neutral_word(std::string_view folded) { return is_listed(neutral_words, folded); }
bool is_direction_word(std::string_view folded) { return is_listed(direction_words, folded); }
bool is_question_word(std::string_view folded) { return is_listed(question_words_list, folded); }
bool is_whether_word(std::string_view folded) { return is_listed(whether_words, folded); }

std::vector<QuestionWord> question_words(std::string_view text) {
  std::vector<QuestionWord> words;
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
    QuestionWord word{.begins_sentence = begins_sentence};
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

bool is_one_word(std::string_view a, std::string_view b) {
  if (a == b) return true;
  const auto shorter = std::min(a.size(), b.size());
  const auto [end, unused] = std::ranges::mismatch(a, b);
  const auto common = static_cast<std::size_t>(end - a.begin());
  return common >= stem_bytes_min && common + 3 >= std::max(a.size(), b.size()) && common + 2 >= shorter;
}

}  // namespace millwright::gateway
