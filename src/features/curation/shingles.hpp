// What near-copies have in common: sets of five-word shingles, and MinHash bands that find candidates without comparing
// every pair (Broder 1997; 14 bands of 8 rows find pairs that share about 70 % or more).
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "features/ingestion/parser.hpp"

namespace millwright::curation {

inline constexpr std::size_t shingle_words = 5;
inline constexpr std::size_t bands = 14;
inline constexpr std::size_t rows_a_band = 8;
inline constexpr std::size_t words_min = 50;   // shorter documents have no near-copies: templates would all be equal

/// Hashes of the shingles of the visible text, sorted, without doubles; empty below words_min.
[[nodiscard]] std::vector<std::uint64_t> shingles_of(const ingestion::ParsedDocument& parsed);
/// Documents that share one band key are candidates.
using BandKeys = std::array<std::int64_t, bands>;
[[nodiscard]] BandKeys band_keys(const std::vector<std::uint64_t>& shingles);

struct Overlap {
  double resemblance = 0;   // common shingles to all shingles of both
  double containment = 0;   // common shingles to those of the smaller one
  double size_ratio = 0;    // smaller to larger
};
[[nodiscard]] Overlap overlap_of(const std::vector<std::uint64_t>& a, const std::vector<std::uint64_t>& b);
/// The same document for a reader, give or take an edit.
[[nodiscard]] bool is_near_copy(const Overlap& overlap);

}  // namespace millwright::curation
