#include "base/tokens/characters.hpp"

#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include <algorithm>

namespace millwright::tokens {

CodePoint code_point_at(std::string_view text, std::size_t at) {
  std::int32_t offset = 0;
  const auto window = static_cast<std::int32_t>(std::min<std::size_t>(text.size() - at, 4));
  UChar32 value = 0;
  U8_NEXT(text.data() + at, offset, window, value);
  if (value < 0) return {};
  return {value, static_cast<std::uint8_t>(offset)};
}

Character wide_character_at(std::string_view text, std::size_t at) {
  const auto point = code_point_at(text, at);
  if (point.value < 0) return {character::other, 1};
  switch (u_charType(point.value)) {
    case U_UPPERCASE_LETTER:
    case U_TITLECASE_LETTER: return {character::upper, point.bytes};
    case U_LOWERCASE_LETTER: return {character::lower, point.bytes};
    case U_MODIFIER_LETTER:
    case U_OTHER_LETTER: return {character::caseless, point.bytes};
    case U_NON_SPACING_MARK:
    case U_ENCLOSING_MARK:
    case U_COMBINING_SPACING_MARK: return {character::mark, point.bytes};
    case U_DECIMAL_DIGIT_NUMBER:
    case U_LETTER_NUMBER:
    case U_OTHER_NUMBER: return {character::number, point.bytes};
    default: return {u_isUWhiteSpace(point.value) ? character::blank : character::other, point.bytes};
  }
}

}  // namespace millwright::tokens
