// Where a word occurs, as the ranking reads it: by blocks of neighbouring chunks, each with the most it can score.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace Xapian {
class Database;
}

namespace millwright::retrieval {

/// Chunks are counted from 0 here: chunk n has the id n + 1 in the library.
constexpr std::uint32_t block_chunks = 4096;

struct Block {
  std::uint32_t number = 0;   // chunks [number * block_chunks, (number + 1) * block_chunks)
  std::uint32_t first = 0;    // of its postings; they end where the next block begins
  float share_max = 0;        // most that one chunk of it gets of the word's weight
};

/// Postings of one word in ascending order of chunks. Refers to memory of somebody else.
struct Postings {
  std::span<const Block> blocks;
  std::span<const std::uint16_t> places;   // in the block, below block_chunks
  std::span<const std::uint8_t> counts;    // occurrences in the chunk, at most 255; beyond, they hardly add anything
  [[nodiscard]] std::size_t end_of(std::size_t block) const {
    return block + 1 < blocks.size() ? blocks[block + 1].first : places.size();
  }
};

struct PostingList {
  std::vector<Block> blocks;
  std::vector<std::uint16_t> places;
  std::vector<std::uint8_t> counts;
  [[nodiscard]] Postings view() const { return {blocks, places, counts}; }
};

/// BM25 as the literature recommends for prose: what a chunk gets of a word's weight is
/// occurrences * (k1 + 1) / (occurrences + damping of the chunk).
constexpr double bm25_k1 = 1.2, bm25_b = 0.75, bm25_length_min = 0.25;
[[nodiscard]] inline float share_of(float occurrences, float damping) {
  return occurrences * static_cast<float>(bm25_k1 + 1) / (occurrences + damping);
}
/// `length` is relative to that of the average chunk.
[[nodiscard]] float damping_of(double length);

/// Reads the postings of `term` from the library's own list. `dampings` has one number a chunk. Throws Xapian::Error.
[[nodiscard]] PostingList read_postings(const Xapian::Database& database, const std::string& term,
                                        std::span<const float> dampings);

}  // namespace millwright::retrieval
