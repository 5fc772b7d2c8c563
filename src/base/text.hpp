// Text: encodings, UTF-8, splitting, and the nearest name for an error's hint.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace millwright {

[[nodiscard]] std::string to_hex(std::span<const std::uint8_t> bytes);
void append_hex(std::string& out, std::span<const std::uint8_t> bytes);
[[nodiscard]] Result<std::string> from_hex(std::string_view hex);
[[nodiscard]] std::string to_base64(std::string_view bytes);
/// RFC 4648 §5, without padding.
[[nodiscard]] std::string to_base64url(std::string_view bytes);
/// Accepts both alphabets, with or without padding; refuses a second spelling of the same bytes.
[[nodiscard]] Result<std::string> from_base64(std::string_view text);

/// Offset of the first byte that is not well-formed UTF-8, or nothing when all is well.
[[nodiscard]] std::optional<std::size_t> first_invalid_utf8(std::string_view text);
/// Replaces every malformed sequence by U+FFFD.
[[nodiscard]] std::string to_valid_utf8(std::string_view text);
/// At most `bytes_max` bytes, cut between code points.
[[nodiscard]] std::string_view utf8_prefix(std::string_view text, std::size_t bytes_max);
/// Unicode NFKC, case-folded, for comparing and hashing text.
[[nodiscard]] std::string normalized_for_comparison(std::string_view text);

[[nodiscard]] std::string to_lower_ascii(std::string_view text);
[[nodiscard]] bool equal_ignoring_case(std::string_view a, std::string_view b);
[[nodiscard]] std::string_view trimmed(std::string_view text);
[[nodiscard]] std::vector<std::string_view> split(std::string_view text, char separator);
[[nodiscard]] std::string join(std::span<const std::string> parts, std::string_view separator);
/// Runs of white space become one space; ends are trimmed.
[[nodiscard]] std::string collapsed_whitespace(std::string_view text);

/// The candidate closest to `name` by edit distance, when it is close enough to be what was meant.
[[nodiscard]] std::optional<std::string> nearest_name(std::string_view name,
                                                      std::span<const std::string_view> candidates);
/// "**/*.html" style globs over '/'-separated paths: '*' and '?' stop at '/', "**" does not.
[[nodiscard]] bool matches_glob(std::string_view pattern, std::string_view path);

}  // namespace millwright
