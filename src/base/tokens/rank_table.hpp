// The ranks of one encoding: which byte strings are tokens, and which of them is merged first.
#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <string_view>

#include "base/tokens/rank_format.hpp"

namespace millwright::tokens {

inline constexpr std::uint32_t no_rank = std::numeric_limits<std::uint32_t>::max();

/// A view of packed ranks, which outlive it. Reading touches only the pages it needs.
class RankTable {
 public:
  /// Empty when `packed` holds no ranks: this build has none.
  explicit RankTable(std::span<const char> packed);
  [[nodiscard]] bool is_empty() const { return slots_ == nullptr; }
  [[nodiscard]] std::size_t token_bytes_max() const { return token_bytes_max_; }
  /// The rank of a token, or no_rank when these bytes are none.
  [[nodiscard]] std::uint32_t find(std::string_view bytes) const {
    if (bytes.size() > token_bytes_max_) return no_rank;
    const auto hash = hash_token(bytes);
    const auto tag = static_cast<std::uint32_t>(hash >> (64 - RankSlot::tag_bits));
    for (auto at = hash & mask_;; at = (at + 1) & mask_) {
      const auto slot = slots_[at];
      if (slot.bits == 0) return no_rank;
      if (slot.tag() == tag && slot.length() == bytes.size() &&
          std::memcmp(texts_ + slot.offset(), bytes.data(), bytes.size()) == 0) {
        return slot.rank();
      }
    }
  }

 private:
  const RankSlot* slots_ = nullptr;
  const char* texts_ = nullptr;
  std::uint64_t mask_ = 0;
  std::size_t token_bytes_max_ = 0;
};

}  // namespace millwright::tokens
