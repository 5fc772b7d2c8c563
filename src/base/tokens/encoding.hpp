// Counts tokens exactly as OpenAI's encodings make them: the pieces of a text, and in each the byte pairs of lowest
// rank merged first (byte pair encoding). Special tokens are not looked for: what a caller writes is text.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>
#include <vector>

namespace millwright::tokens {

/// o200k_base serves o200k_harmony too, which adds special tokens only.
enum class Encoding : std::uint8_t { O200kBase, Cl100kBase };
inline constexpr std::size_t encoding_count = 2;
[[nodiscard]] std::string_view encoding_name(Encoding encoding);
[[nodiscard]] std::optional<Encoding> find_encoding(std::string_view name);
/// Whether this build holds its ranks; without them nothing can be counted.
[[nodiscard]] bool is_available(Encoding encoding);

/// A piece longer than this is cut, so that no text takes more than some megabytes of memory; its count is then a close
/// estimate. No text that people write has such pieces.
inline constexpr std::size_t piece_bytes_max = 256u << 10;

struct Count {
  std::int64_t tokens = 0;
  bool is_exact = true;
};
/// In time linear in the text, but for n log n within a piece. Blocks for some 20 ms a megabyte: larger texts belong to
/// a thread that may block. Stops soon after more than `tokens_max`. `encoding` is available. Malformed UTF-8 is
/// counted byte by byte.
[[nodiscard]] Count count_tokens(Encoding encoding, std::string_view text,
                                 std::int64_t tokens_max = std::numeric_limits<std::int64_t>::max());
/// The tokens themselves.
[[nodiscard]] std::vector<std::uint32_t> encode(Encoding encoding, std::string_view text);

}  // namespace millwright::tokens
