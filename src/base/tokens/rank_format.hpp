// How the ranks of an encoding lie in the executable: a hash table whose pages are read from the file when they are
// first needed. tools/pack_ranks.cpp writes it, RankTable reads it; little endian, as every machine this runs on.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

namespace millwright::tokens {

struct RankHeader {
  char magic[4] = {'M', 'W', 'R', '1'};
  std::uint32_t slot_bits = 0;  // 2^slot_bits slots follow, then the bytes of the tokens
  std::uint32_t token_count = 0;
  std::uint32_t token_bytes_max = 0;  // of the longest token
  std::uint32_t text_bytes = 0;       // of all tokens together
  std::uint32_t reserved[11] = {};
};
static_assert(sizeof(RankHeader) == 64);

/// A slot: where a token's bytes are, how many, its rank, and a part of its hash. 0 is empty.
struct RankSlot {
  static constexpr int offset_bits = 21, length_bits = 8, rank_bits = 18, tag_bits = 17;
  static_assert(offset_bits + length_bits + rank_bits + tag_bits == 64);

  std::uint64_t bits = 0;
  [[nodiscard]] constexpr std::uint32_t offset() const { return bits & ((1u << offset_bits) - 1); }
  [[nodiscard]] constexpr std::uint32_t length() const { return (bits >> offset_bits) & ((1u << length_bits) - 1); }
  [[nodiscard]] constexpr std::uint32_t rank() const {
    return (bits >> (offset_bits + length_bits)) & ((1u << rank_bits) - 1);
  }
  [[nodiscard]] constexpr std::uint32_t tag() const { return static_cast<std::uint32_t>(bits >> (64 - tag_bits)); }
  [[nodiscard]] static constexpr RankSlot make(std::uint64_t offset, std::uint64_t length, std::uint64_t rank,
                                               std::uint64_t tag) {
    return {offset | length << offset_bits | rank << (offset_bits + length_bits) | tag << (64 - tag_bits)};
  }
};

[[nodiscard]] inline std::uint64_t load_bytes(const char* from, std::size_t count) {
  std::uint64_t word = 0;
  std::memcpy(&word, from, count);
  return word;
}
[[nodiscard]] inline std::uint64_t mix(std::uint64_t a, std::uint64_t b) {
  const auto product = static_cast<unsigned __int128>(a) * b;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}
/// Of the bytes of a token. The slot is its lowest bits, the tag its highest.
[[nodiscard]] inline std::uint64_t hash_token(std::string_view bytes) {
  constexpr std::uint64_t odd = 0x9E3779B97F4A7C15, other = 0xD6E8FEB86659FD93;
  const char* at = bytes.data();
  std::size_t left = bytes.size();
  std::uint64_t state = odd ^ left;
  for (; left > 8; left -= 8, at += 8) state = mix(state ^ load_bytes(at, 8), other);
  std::uint64_t tail = 0;
  if (left >= 4)
    tail = load_bytes(at, 4) | load_bytes(at + left - 4, 4) << 32;
  else if (left > 0) {
    tail = static_cast<unsigned char>(at[0]) |
           static_cast<std::uint64_t>(static_cast<unsigned char>(at[left / 2])) << 8 |
           static_cast<std::uint64_t>(static_cast<unsigned char>(at[left - 1])) << 16;
  }
  return mix(state ^ tail, odd);
}

}  // namespace millwright::tokens
