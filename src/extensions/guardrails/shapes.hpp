// Small readings of text that several detectors share: classes of characters, digit groups, check digits, entropy and
// the words around a place.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace millwright::extensions {

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
constexpr bool is_alnum(char c) { return is_digit(c) || is_letter(c); }
constexpr bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }
constexpr char to_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

/// The character at `at`, or NUL outside the text.
constexpr char char_at(std::string_view text, std::size_t at) { return at < text.size() ? text[at] : '\0'; }
/// The character before `at`, or NUL at the start.
constexpr char char_before(std::string_view text, std::size_t at) { return at > 0 ? text[at - 1] : '\0'; }

/// Expression for one separator between groups of digits: space, hyphen, or their typographic kin.
inline constexpr std::string_view separator_expression = R"((?:[ \-]|\xc2\xa0|\xe2\x80[\x90-\x95\xaf]))";
/// Expression for six digits with at most seven bytes of separators between any two (a parenthesis and two typographic
/// dashes): cards, telephone and social security numbers begin with it, so all share the cost of finding it. Bytes of
/// separators are taken in any order: the fewer states, the faster the scan, and the detectors look again anyway.
[[nodiscard]] std::string six_digits_expression();
/// Bytes of the separator at `at` (as above), or 0.
[[nodiscard]] std::size_t separator_length(std::string_view text, std::size_t at);
/// Bytes of the separator that ends just before `at`, or 0.
[[nodiscard]] std::size_t separator_length_before(std::string_view text, std::size_t at);

/// Start of the last code point before `at` (which is not 0); a malformed byte counts as one.
[[nodiscard]] std::size_t previous_code_point(std::string_view text, std::size_t at);

/// ISO/IEC 7812-1 annex B. Digits only.
[[nodiscard]] bool passes_luhn(std::string_view digits);
/// Shannon entropy in bits a character.
[[nodiscard]] double entropy(std::string_view text);
/// A set of lower-case words that says no quickly.
class WordSet {
 public:
  constexpr explicit WordSet(std::span<const std::string_view> words) : words_(words) {
    for (const std::string_view word : words) bits_[hash(word) / 64] |= std::uint64_t{1} << hash(word) % 64;
  }
  /// Whatever the case of `word` in ASCII.
  [[nodiscard]] bool has(std::string_view word) const {
    return !word.empty() && (bits_[hash(word) / 64] >> hash(word) % 64 & 1u) != 0 && is_listed(word);
  }

 private:
  static constexpr std::size_t hash(std::string_view word) {
    const auto first = static_cast<unsigned char>(to_lower(word.front())),
               last = static_cast<unsigned char>(to_lower(word.back()));
    return (first * 37u + last * 11u + word.size() * 101u) % 512u;
  }
  [[nodiscard]] bool is_listed(std::string_view word) const;

  std::span<const std::string_view> words_;
  std::array<std::uint64_t, 8> bits_{};
};
/// The last words of a text, the last one first: letters and digits, and whatever is not ASCII. Read once, asked often.
class LastWords {
 public:
  static constexpr std::size_t words_max = 6;
  explicit LastWords(std::string_view text);
  /// Whether a word of the set is among the last `count` (at most `words_max`).
  [[nodiscard]] bool has(const WordSet& set, std::size_t count) const;

 private:
  std::array<std::string_view, words_max> words_;
  std::size_t count_ = 0;
};
/// `text` has `lower` at `at`, whatever the case.
[[nodiscard]] bool has_at(std::string_view text, std::size_t at, std::string_view lower);

}  // namespace millwright::extensions
