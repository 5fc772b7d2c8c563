#include "features/retrieval/postings.hpp"

#include <algorithm>

#include <xapian.h>

namespace millwright::retrieval {

float damping_of(double length) {
  return static_cast<float>(bm25_k1 * (1 - bm25_b + bm25_b * std::max(length, bm25_length_min)));
}

PostingList read_postings(const Xapian::Database& database, const std::string& term, std::span<const float> dampings) {
  PostingList list;
  const auto end = database.postlist_end(term);
  for (auto posting = database.postlist_begin(term); posting != end; ++posting) {
    const std::uint32_t chunk = *posting - 1;
    const auto count = static_cast<std::uint8_t>(std::clamp<Xapian::termcount>(posting.get_wdf(), 1, 255));
    if (list.blocks.empty() || list.blocks.back().number != chunk / block_chunks) {
      list.blocks.push_back({.number = chunk / block_chunks, .first = static_cast<std::uint32_t>(list.places.size())});
    }
    Block& block = list.blocks.back();
    block.share_max = std::max(block.share_max, share_of(count, dampings[chunk]));
    list.places.push_back(static_cast<std::uint16_t>(chunk % block_chunks));
    list.counts.push_back(count);
  }
  return list;
}

}  // namespace millwright::retrieval
