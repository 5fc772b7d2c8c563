// Cuts a text into the pieces that tokens never cross, as the patterns of the encodings say: hand-written scanners with
// exactly the matches, first alternative first and with backtracking, of the regular expressions in their sources.
#pragma once

#include <cstddef>
#include <string_view>

namespace millwright::tokens {

/// Where the piece that begins at `begin` ends; `begin` < text.size(). Linear in the piece, but for white space and
/// runs of capitals, which may be read twice.
[[nodiscard]] std::size_t piece_end_o200k(std::string_view text, std::size_t begin);
[[nodiscard]] std::size_t piece_end_cl100k(std::string_view text, std::size_t begin);

}  // namespace millwright::tokens
