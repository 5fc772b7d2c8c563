// The words of a question as it is compared with others: folded, with what makes a word a number or a name.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace millwright::gateway {

struct QuestionWord {
  std::string_view raw;  // of the text
  std::string folded;    // a number carries its minus sign
  bool is_number = false;
  bool is_capital = false;  // has a capital that no beginning of a sentence explains
  bool begins_sentence = false;
};
/// Words, and the signs that give numbers their meaning ("%", "$", …), which count as numbers.
[[nodiscard]] std::vector<QuestionWord> question_words(std::string_view text);

/// Politeness, articles, pronouns and auxiliaries, of English, German, French and Spanish: two questions may differ in
/// them. No words of duty and leave ("must", "may", "need").
[[nodiscard]] bool is_neutral_word(std::string_view folded);
/// Before and behind such a word things may not change places: "from", "to", "vor", "nach", …
[[nodiscard]] bool is_direction_word(std::string_view folded);
/// "who", "when", "wann", "pourquoi", …
[[nodiscard]] bool is_question_word(std::string_view folded);
/// A question that begins with one asks whether, not how.
[[nodiscard]] bool is_whether_word(std::string_view folded);
/// Whether `list`, of words between blanks, with a blank at both ends, has `word`.
[[nodiscard]] bool is_listed(std::string_view list, std::string_view word);
/// Two forms of one word: equal, or but for a short ending.
[[nodiscard]] bool is_one_word(std::string_view a, std::string_view b);

}  // namespace millwright::gateway
