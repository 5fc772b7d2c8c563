#include "features/retrieval/ranking.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <limits>

namespace millwright::retrieval {
namespace {

bool is_better(const Hit& x, const Hit& y) { return x.score != y.score ? x.score > y.score : x.chunk < y.chunk; }

/// The best so far, the least of them in front. Chunks come in ascending order, so that an equal one comes too late.
class Best {
 public:
  explicit Best(std::size_t top) : top_(top) { hits_.reserve(top); }
  /// What a chunk must exceed.
  [[nodiscard]] double threshold() const { return hits_.size() < top_ ? 0 : hits_.front().score; }
  void add(Hit hit) {
    if (hits_.size() == top_) {
      std::ranges::pop_heap(hits_, is_better);
      hits_.back() = hit;
    } else {
      hits_.push_back(hit);
    }
    std::ranges::push_heap(hits_, is_better);
  }
  [[nodiscard]] std::vector<Hit> take() {
    std::ranges::sort_heap(hits_, is_better);
    return std::move(hits_);
  }

 private:
  std::size_t top_;
  std::vector<Hit> hits_;
};

/// One pass over all blocks.
class Pass {
 public:
  Pass(std::span<const WeightedWord> words, const ChunkTable& table, std::span<const Sight> sights, std::size_t top)
      : words_(words), at_(words.size(), 0), table_(table), sights_(sights), visible_(top), in_class_(top) {}

  Ranking run() {
    for (std::uint32_t block = next(0); block != none; block = next(block + 1)) {
      if (bound(block) <= visible_.threshold()) continue;
      for (std::size_t w = 0; w < words_.size(); ++w) {
        if (is_at(w, block)) add_up(words_[w], at_[w]);
      }
      collect(block * block_chunks);
    }
    return {.visible = visible_.take(), .in_class = in_class_.take()};
  }

 private:
  static constexpr std::uint32_t none = std::numeric_limits<std::uint32_t>::max();
  // Scores are sums of rounded shares: a bound must not be lower by the rounding.
  static constexpr double rounding = 1 + 1e-5;

  bool is_at(std::size_t word, std::uint32_t block) const {
    const auto& blocks = words_[word].postings.blocks;
    return at_[word] < blocks.size() && blocks[at_[word]].number == block;
  }
  /// Moves every word to `block` or beyond, and gives the first block that any word has.
  std::uint32_t next(std::uint32_t block) {
    std::uint32_t first = none;
    for (std::size_t w = 0; w < words_.size(); ++w) {
      const auto& blocks = words_[w].postings.blocks;
      while (at_[w] < blocks.size() && blocks[at_[w]].number < block) ++at_[w];
      if (at_[w] < blocks.size()) first = std::min(first, blocks[at_[w]].number);
    }
    return first;
  }
  /// The most that a chunk of the block can score.
  double bound(std::uint32_t block) const {
    double sum = 0;
    for (std::size_t w = 0; w < words_.size(); ++w) {
      if (is_at(w, block)) sum += words_[w].weight * static_cast<double>(words_[w].postings.blocks[at_[w]].share_max);
    }
    return sum * rounding;
  }
  void add_up(const WeightedWord& word, std::size_t block) {
    const Postings& postings = word.postings;
    const std::span dampings = table_.dampings().subspan(std::size_t{postings.blocks[block].number} * block_chunks);
    const auto weight = static_cast<float>(word.weight);
    for (std::size_t i = postings.blocks[block].first, end = postings.end_of(block); i < end; ++i) {
      const std::size_t place = postings.places[i] % block_chunks;   // a damaged file reaches no further than its block
      scores_[place] += weight * share_of(postings.counts[i], dampings[place]);
      touched_[place / 64] |= std::uint64_t{1} << (place % 64);
    }
  }
  void collect(std::uint32_t first) {
    for (std::size_t i = 0; i < touched_.size(); ++i) {
      for (std::uint64_t bits = touched_[i]; bits != 0; bits &= bits - 1) {
        const std::size_t place = i * 64 + static_cast<std::size_t>(std::countr_zero(bits));
        offer({.chunk = first + static_cast<std::uint32_t>(place), .score = scores_[place]});
        scores_[place] = 0;
      }
      touched_[i] = 0;
    }
  }
  void offer(Hit hit) {
    if (hit.score <= visible_.threshold()) return;
    const Sight sight = sights_[table_.sets()[hit.chunk]];
    if (sight == Sight::OutOfClass) return;
    if (sight == Sight::Visible) visible_.add(hit);
    if (hit.score > in_class_.threshold()) in_class_.add(hit);
  }

  std::span<const WeightedWord> words_;
  std::vector<std::size_t> at_;   // the block each word stands at
  const ChunkTable& table_;
  std::span<const Sight> sights_;
  Best visible_, in_class_;
  std::array<float, block_chunks> scores_{};
  std::array<std::uint64_t, block_chunks / 64> touched_{};
};

}  // namespace

Ranking rank(std::span<const WeightedWord> words, const ChunkTable& table, std::span<const Sight> sights,
             std::size_t top) {
  if (top == 0) return {};
  return Pass(words, table, sights, top).run();
}

}  // namespace millwright::retrieval
