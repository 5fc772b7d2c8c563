#include "extensions/guardrails/shapes.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>

namespace millwright::extensions {
namespace {

constexpr std::uint8_t byte(char c) { return static_cast<std::uint8_t>(c); }

bool is_word_byte(char c) { return is_alnum(c) || byte(c) >= 0x80u; }

bool equal_lower(std::string_view word, std::string_view lower) {
  if (word.size() != lower.size() || word.empty() || to_lower(word[0]) != lower[0]) return false;
  return std::ranges::equal(word, lower, [](char a, char b) { return to_lower(a) == b; });
}

}  // namespace

std::size_t separator_length(std::string_view text, std::size_t at) {
  const char c = char_at(text, at);
  if (c == ' ' || c == '-') return 1;
  if (byte(c) == 0xC2u && byte(char_at(text, at + 1)) == 0xA0u) return 2;
  if (byte(c) != 0xE2u || byte(char_at(text, at + 1)) != 0x80u) return 0;
  const std::uint8_t last = byte(char_at(text, at + 2));
  return (last >= 0x90u && last <= 0x95u) || last == 0xAFu ? 3 : 0;
}

std::size_t separator_length_before(std::string_view text, std::size_t at) {
  for (std::size_t length = 1; length <= 3 && length <= at; ++length) {
    if (separator_length(text, at - length) == length) return length;
  }
  return 0;
}

std::size_t previous_code_point(std::string_view text, std::size_t at) {
  std::size_t start = at - 1;
  for (int i = 0; i < 3 && start > 0 && (byte(text[start]) & 0xC0u) == 0x80u; ++i) --start;
  return byte(text[start]) >= 0xC0u ? start : at - 1;
}

bool passes_luhn(std::string_view digits) {
  int sum = 0;
  bool is_doubled = false;
  for (std::size_t i = digits.size(); i-- > 0; is_doubled = !is_doubled) {
    const int digit = digits[i] - '0';
    const int value = is_doubled ? 2 * digit : digit;
    sum += value > 9 ? value - 9 : value;
  }
  return sum % 10 == 0;
}

double entropy(std::string_view text) {
  if (text.empty()) return 0;
  std::array<std::uint32_t, 256> counts{};
  for (const char c : text) ++counts[byte(c)];
  double bits = 0;
  const auto total = static_cast<double>(text.size());
  for (const std::uint32_t count : counts) {
    if (count == 0) continue;
    const double share = count / total;
    bits -= share * std::log2(share);
  }
  return bits;
}

std::string six_digits_expression() {
  std::string expression = "[0-9]";
  for (int i = 0; i < 5; ++i) expression += R"([ .()/\-\x80\x90-\x95\xa0\xaf\xc2\xe2]{0,7}[0-9])";
  return expression;
}

bool WordSet::is_listed(std::string_view word) const {
  return std::ranges::any_of(words_, [word](std::string_view wanted) { return equal_lower(word, wanted); });
}

LastWords::LastWords(std::string_view text) {
  for (std::size_t end = text.size(); count_ < words_max;) {
    while (end > 0 && !is_word_byte(text[end - 1])) --end;
    std::size_t start = end;
    while (start > 0 && is_word_byte(text[start - 1])) --start;
    if (start == end) return;
    words_[count_++] = text.substr(start, end - start);
    end = start;
  }
}

bool LastWords::has(const WordSet& set, std::size_t count) const {
  const std::size_t last = std::min(count, count_);
  return std::any_of(words_.begin(), words_.begin() + last, [&set](std::string_view word) { return set.has(word); });
}

bool has_at(std::string_view text, std::size_t at, std::string_view lower) {
  return at + lower.size() <= text.size() && equal_lower(text.substr(at, lower.size()), lower);
}

}  // namespace millwright::extensions
