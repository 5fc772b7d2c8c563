// Words that carry no subject matter of their own, in the languages of Western Europe.
#pragma once

#include <cstdint>
#include <string_view>

namespace millwright::gateway {

/// Of a word as word_hashes gives it.
[[nodiscard]] bool is_function_word(std::uint64_t hash);
/// Words that turn a statement into its opposite, with "n't" as a word of its own.
[[nodiscard]] bool is_negation(std::string_view folded_word);

}  // namespace millwright::gateway
