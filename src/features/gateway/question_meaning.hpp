// When two questions mean the same though their words differ: vectors of an embedding model, which hardly move for a
// number, a "not" or a name, and the facts that must agree whatever the vectors say.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "base/json.hpp"

namespace millwright::gateway {

/// A vector of length 1.
using Embedding = std::vector<float>;
constexpr std::size_t embedding_dimensions_max = 8'192;

/// The first vector of an answer in the shape of OpenAI's embeddings, as numbers or as base64 of little-endian floats,
/// brought to length 1. UpstreamFailed for anything else, for a vector of zeros, and for one too long.
[[nodiscard]] Result<Embedding> read_embedding(const json::object& answer);
/// Cosine, 0…1; 0 for vectors of different spaces.
[[nodiscard]] double likeness(const Embedding& a, const Embedding& b);

/// What a question says that its vector hides.
struct QuestionFacts {
  static constexpr std::size_t axes = 10;
  std::vector<std::string> numbers;  // with signs and units, in order; "two" is 2
  std::vector<std::string> names;    // capitals inside a sentence, words without a vowel, words listed as names; sorted
  std::vector<std::string> fixed;    // quantities, ranks, days, months, "before", "must", …; sorted
  std::vector<std::string> words;    // all but neutral ones, numbers and question words; in order
  std::array<std::uint8_t, axes> poles{};  // of pairs such as enable and disable: bit 0 the one, bit 1 the other
  std::uint8_t asks = 0;                   // person, time, place, reason, quantity, or whether: a bit each
  std::uint8_t negations = 0;
  bool has_direction = false;
  [[nodiscard]] std::size_t bytes() const;
};
/// `names`: folded words that tell questions apart however they are written.
[[nodiscard]] QuestionFacts facts_of(std::string_view question, std::span<const std::string> names);

/// What forbids that one answer serves both: empty, or "numbers", "negation", "question", "names", "quantities",
/// "opposites", "order".
[[nodiscard]] std::string_view what_differs(const QuestionFacts& a, const QuestionFacts& b);
/// Whether the two differ by one word in the place of another. Their vectors are then alike whatever the words mean.
[[nodiscard]] bool is_one_word_apart(const QuestionFacts& a, const QuestionFacts& b);
/// What a likeness of vectors counts for: the distance counts twice where only one word differs.
[[nodiscard]] double weighed_likeness(double likeness, const QuestionFacts& a, const QuestionFacts& b);

}  // namespace millwright::gateway
