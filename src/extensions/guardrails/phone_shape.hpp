// Reads digits and what stands between them as a telephone number might be written, without judging it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace millwright::extensions {

inline constexpr std::size_t phone_bytes_max = 72;

struct PhoneShape {
  std::size_t start = 0, end = 0;    // with "+", "(" and extension
  std::string digits;                // all, without extension
  std::vector<std::size_t> groups;   // lengths, in order
  char style = '\0';                 // separator between the later groups: ' ', '-', '.', '/'; NUL: none
  bool is_international = false;     // "+"
  bool has_area_in_parentheses = false;
  bool has_extension = false;
  bool continues = false;            // more digits follow that do not fit the style
};

/// The shape whose first digit stands at `first`; `end` is `first` when there is none.
[[nodiscard]] PhoneShape read_phone_shape(std::string_view text, std::size_t first);

}  // namespace millwright::extensions
