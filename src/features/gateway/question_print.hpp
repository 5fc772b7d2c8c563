// When two questions are the same but for how they are put: a likeness without any model, and guards against near
// misses.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace millwright::gateway {

/// What must be equal in two questions, and a vector for how alike they are otherwise.
struct QuestionPrint {
  static constexpr std::size_t dimensions = 256;
  std::array<float, dimensions> vector{};  // hashed words and character trigrams, length 1; all 0 for no text
  /// In order: numbers with their signs, names (capitals inside a sentence), negations, question words, and words of
  /// direction, before which and behind which things may not change places.
  std::vector<std::string> guards;
  std::vector<std::string> subjects;  // the words that say what it is about; sorted unless direction matters
  [[nodiscard]] std::size_t bytes() const;
};
[[nodiscard]] QuestionPrint print_of(std::string_view question);

/// What forbids that one answer serves both: empty, or which guard differs ("numbers", "negation", "question", "order",
/// "names"), or "words" where the subjects do, endings of words apart ("resets", "resetting").
[[nodiscard]] std::string_view what_differs(const QuestionPrint& a, const QuestionPrint& b);
[[nodiscard]] inline bool may_share_answer(const QuestionPrint& a, const QuestionPrint& b) {
  return what_differs(a, b).empty();
}
/// Cosine of the two vectors, 0…1.
[[nodiscard]] double likeness(const QuestionPrint& a, const QuestionPrint& b);

/// Whether two answers say the same as far as words can tell: alike enough, with the same numbers and negations.
[[nodiscard]] bool say_the_same(const QuestionPrint& a, const QuestionPrint& b);

}  // namespace millwright::gateway
