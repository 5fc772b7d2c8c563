// Where a long text may be cut: its size in words, its sentences, and pieces of it that fit a size. Part of the face of
// retrieval: include retrieval.hpp.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace millwright::retrieval {

/// White-space separated words. A word beyond 24 bytes counts once for every 24 bytes begun, so that text without
/// spaces (base64, Chinese, Japanese) has a size too.
[[nodiscard]] std::size_t count_words(std::string_view text);

/// Sentences in order, without the white space between them. Ends at . ! ? (and 。！？) when what follows does not look
/// like the same sentence; "e.g.", "Dr." and initials do not end one.
[[nodiscard]] std::vector<std::string_view> split_sentences(std::string_view text);

/// Lines that are not blank, each with its indentation.
[[nodiscard]] std::vector<std::string_view> split_lines(std::string_view text);

/// Pieces of at most `words_max` words, cut between words, and inside a word between code points only where that word
/// alone is too long.
[[nodiscard]] std::vector<std::string_view> split_by_size(std::string_view text, std::size_t words_max);

}  // namespace millwright::retrieval
