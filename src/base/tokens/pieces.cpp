#include "base/tokens/pieces.hpp"

#include "base/tokens/characters.hpp"

namespace millwright::tokens {
namespace {

using namespace character;

constexpr std::uint8_t word_head = upper | caseless | mark;  // [\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]
constexpr std::uint8_t word_tail = lower | caseless | mark;  // [\p{Ll}\p{Lm}\p{Lo}\p{M}]
constexpr std::uint8_t sign = other | mark;                  // [^\s\p{L}\p{N}]
constexpr std::uint8_t prefix = blank | other | mark;        // [^\r\n\p{L}\p{N}]
constexpr std::size_t none = 0;                              // no piece ends where it begins

std::size_t run_end(std::string_view text, std::size_t at, std::uint8_t classes) {
  for (;;) {
    const auto next = character_at(text, at);
    if ((next.classes & classes) == 0) return at;
    at += next.bytes;
  }
}

/// (?i:'s|'t|'re|'ve|'m|'ll|'d): where it ends, or `none`. The long s folds to s.
std::size_t contraction_end(std::string_view text, std::size_t at) {
  if (at + 1 >= text.size() || text[at] != '\'') return none;
  const auto low = [&](std::size_t offset) { return offset < text.size() ? text[offset] | 0x20 : 0; };
  switch (low(at + 1)) {
    case 's':
    case 't':
    case 'm':
    case 'd': return at + 2;
    case 'r':
    case 'v': return low(at + 2) == 'e' ? at + 3 : none;
    case 'l': return low(at + 2) == 'l' ? at + 3 : none;
    default: return text.substr(at + 1).starts_with("\u017F") ? at + 3 : none;
  }
}
std::size_t after_contraction(std::string_view text, std::size_t at) {
  const auto end = contraction_end(text, at);
  return end == none ? at : end;
}

/// \p{N}{1,3}
std::size_t number_end(std::string_view text, std::size_t at) {
  for (int i = 0; i < 3; ++i) {
    const auto next = character_at(text, at);
    if (next.classes != number) break;
    at += next.bytes;
  }
  return at;
}

/// ` ?[^\s\p{L}\p{N}]+[\r\n/]*`, with the slash for one of the encodings only; or `none`.
std::size_t signs_end(std::string_view text, std::size_t begin, bool with_slash) {
  const auto from = text[begin] == ' ' ? begin + 1 : begin;
  auto at = run_end(text, from, sign);
  if (at == from) return none;
  while (at < text.size() && (text[at] == '\r' || text[at] == '\n' || (with_slash && text[at] == '/'))) ++at;
  return at;
}

/// `\s*[\r\n]+|\s+(?!\S)|\s+` at white space.
std::size_t spaces_end(std::string_view text, std::size_t begin) {
  auto at = begin;
  std::size_t after_break = none, last = begin;
  for (;;) {
    const auto next = character_at(text, at);
    if ((next.classes & space) == 0) break;
    last = at;
    at += next.bytes;
    if (next.classes == line_break) after_break = at;
  }
  if (after_break != none) return after_break;
  return at == text.size() || last == begin ? at : last;  // the last space belongs to what follows
}

struct Word {
  std::size_t end = none;       // of head*tail+
  std::size_t head_end = none;  // where head* alone would end; equal to the beginning: no head
};
/// `head*tail+` with the backtracking of head*: what stands in both classes may be given back to the tail.
Word word_at(std::string_view text, std::size_t begin) {
  Word word;
  auto at = begin;
  for (;;) {
    const auto next = character_at(text, at);
    if ((next.classes & word_head) == 0) {
      word.head_end = at;
      if (next.classes == lower) word.end = run_end(text, at, word_tail);
      return word;
    }
    at += next.bytes;
    if ((next.classes & word_tail) != 0) word.end = at;
  }
}

}  // namespace

std::size_t piece_end_o200k(std::string_view text, std::size_t begin) {
  const auto first = character_at(text, begin);
  if ((first.classes & (prefix | letter)) != 0) {
    const bool has_prefix = (first.classes & prefix) != 0;
    const auto from = has_prefix ? begin + first.bytes : begin;
    const auto word = word_at(text, from);
    if (word.end != none) return after_contraction(text, word.end);
    if (first.classes == mark) return after_contraction(text, from);  // a word of one mark
    if (word.head_end > from) return after_contraction(text, word.head_end);
  }
  if (first.classes == number) return number_end(text, begin);
  if (const auto end = signs_end(text, begin, true); end != none) return end;
  return spaces_end(text, begin);
}

std::size_t piece_end_cl100k(std::string_view text, std::size_t begin) {
  if (const auto end = contraction_end(text, begin); end != none) return end;
  const auto first = character_at(text, begin);
  if ((first.classes & (prefix | letter)) != 0) {
    const auto from = (first.classes & prefix) != 0 ? begin + first.bytes : begin;
    const auto end = run_end(text, from, letter);
    if (end > from) return end;
  }
  if (first.classes == number) return number_end(text, begin);
  if (const auto end = signs_end(text, begin, false); end != none) return end;
  return spaces_end(text, begin);
}

}  // namespace millwright::tokens
