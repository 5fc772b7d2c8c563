// The best chunks for some words: BM25 over whole blocks, of which those that cannot reach the best are passed over.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "features/retrieval/chunk_table.hpp"
#include "features/retrieval/postings.hpp"

namespace millwright::retrieval {

struct WeightedWord {
  double weight = 0;   // of one occurrence in a chunk of ordinary length
  Postings postings;
};

struct Hit {
  std::uint32_t chunk = 0;   // from 0
  double score = 0;
};

/// Best first; of equal ones the first chunk.
struct Ranking {
  std::vector<Hit> visible;
  std::vector<Hit> in_class;   // forbidden ones too: what the ranking would have been without permissions
};

/// At most `top` of each. What is not visible takes no part in the ranking of what is.
[[nodiscard]] Ranking rank(std::span<const WeightedWord> words, const ChunkTable& table, std::span<const Sight> sights,
                           std::size_t top);

}  // namespace millwright::retrieval
