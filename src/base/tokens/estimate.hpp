// How many tokens a text is likely to have where the model's own tokeniser is not at hand: weights by script, fitted to
// published tokenisers over some sixty languages, code and JSON. Neither bound: about a tenth off is usual.
#pragma once

#include <cstdint>
#include <string_view>

namespace millwright::tokens {

/// Tokenisers that are much alike, by the size of their vocabulary.
enum class Vocabulary : std::uint8_t {
  Large,   // 200,000 and more: o200k, Gemini
  Broad,   // 100,000 to 160,000: cl100k, Llama 3, Qwen, DeepSeek, Mistral since 2024
  Narrow,  // 32,000: Llama 2, the first Mistral models
  Claude,  // fitted to the published tokeniser of Claude 2, the last one there is
};
[[nodiscard]] std::string_view vocabulary_name(Vocabulary vocabulary);  // "large", "broad", …

/// Never negative, 0 for the empty text only. Linear.
[[nodiscard]] std::int64_t estimate_tokens(Vocabulary vocabulary, std::string_view text);

}  // namespace millwright::tokens
