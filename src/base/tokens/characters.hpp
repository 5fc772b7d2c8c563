// Characters by the classes that the encodings' patterns name.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace millwright::tokens {

/// One bit a class, so that a pattern's bracket is a mask.
namespace character {
inline constexpr std::uint8_t upper = 1;        // \p{Lu} \p{Lt}
inline constexpr std::uint8_t lower = 2;        // \p{Ll}
inline constexpr std::uint8_t caseless = 4;     // \p{Lm} \p{Lo}
inline constexpr std::uint8_t mark = 8;         // \p{M}
inline constexpr std::uint8_t number = 16;      // \p{N}
inline constexpr std::uint8_t blank = 32;       // \s but the next
inline constexpr std::uint8_t line_break = 64;  // \r \n
inline constexpr std::uint8_t other = 128;
inline constexpr std::uint8_t letter = upper | lower | caseless;
inline constexpr std::uint8_t space = blank | line_break;
}  // namespace character

struct Character {
  std::uint8_t classes = 0;  // one bit; 0 at the end of the text
  std::uint8_t bytes = 0;
};

[[nodiscard]] constexpr std::uint8_t ascii_class(unsigned char byte) {
  if (byte >= 'a' && byte <= 'z') return character::lower;
  if (byte >= 'A' && byte <= 'Z') return character::upper;
  if (byte >= '0' && byte <= '9') return character::number;
  if (byte == '\r' || byte == '\n') return character::line_break;
  return byte == ' ' || (byte >= '\t' && byte <= '\f') ? character::blank : character::other;
}
inline constexpr auto ascii_classes = [] {
  std::array<std::uint8_t, 128> classes{};
  for (std::size_t i = 0; i < classes.size(); ++i) classes[i] = ascii_class(static_cast<unsigned char>(i));
  return classes;
}();

/// A byte that begins no well-formed character counts as one of class `other`.
[[nodiscard]] Character wide_character_at(std::string_view text, std::size_t at);
[[nodiscard]] inline Character character_at(std::string_view text, std::size_t at) {
  if (at >= text.size()) return {};
  const auto byte = static_cast<unsigned char>(text[at]);
  if (byte < 0x80) return {ascii_classes[byte], 1};
  return wide_character_at(text, at);
}
/// The code point that begins here and its length, or nothing where the bytes are not well formed.
struct CodePoint {
  std::int32_t value = -1;
  std::uint8_t bytes = 1;
};
[[nodiscard]] CodePoint code_point_at(std::string_view text, std::size_t at);

}  // namespace millwright::tokens
