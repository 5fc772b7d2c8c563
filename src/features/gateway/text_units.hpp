// Cuts a text into what may be left out one by one: sentences, list items, headings; and what must stay: code, tables,
// whatever holds a number.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace millwright::gateway {

struct TextUnit {
  std::string_view text;      // without white space around it
  std::string_view behind;    // the white space up to the next one
  bool is_protected = false;  // a fence or an indentation of code, a table, a digit, code between backticks
  bool is_heading = false;
};
/// Whether a sentence with a digit must stay, or is judged like any other.
enum class Numbers : bool { Judged, Stay };
/// In order; together with what is behind them they are the text, but for white space at its beginning. Views into it.
[[nodiscard]] std::vector<TextUnit> units_of(std::string_view text, Numbers numbers = Numbers::Stay);

/// Words for comparing: case-folded, cut to their first six characters, so that inflected forms meet; scripts without
/// spaces as pairs of characters. As hashes, in order.
[[nodiscard]] std::vector<std::uint64_t> word_hashes(std::string_view text);

}  // namespace millwright::gateway
