// The frames between a worker pool and its children: a length of four bytes, little-endian, then the bytes. An
// answer's first byte says whether it is one.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string_view>

namespace millwright::io::sandbox {

inline constexpr std::size_t frame_head_bytes = 4;
inline constexpr std::size_t frame_bytes_max = std::numeric_limits<std::uint32_t>::max();
inline constexpr char answer_is_good = '+';
inline constexpr char answer_is_failure = '-';

[[nodiscard]] inline std::array<char, frame_head_bytes> frame_head(std::size_t size) {
  std::array<char, frame_head_bytes> head;
  for (std::size_t i = 0; i < head.size(); ++i) head[i] = static_cast<char>(size >> (8 * i));
  return head;
}

[[nodiscard]] inline std::size_t frame_size(std::string_view head) {
  std::size_t size = 0;
  for (std::size_t i = 0; i < frame_head_bytes; ++i) {
    size |= static_cast<std::size_t>(static_cast<unsigned char>(head[i])) << (8 * i);
  }
  return size;
}

}  // namespace millwright::io::sandbox
