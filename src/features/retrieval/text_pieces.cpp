#include "features/retrieval/text_pieces.hpp"

#include <algorithm>
#include <array>

#include "base/text.hpp"

namespace millwright::retrieval {
namespace {

constexpr std::size_t word_bytes_max = 24;
constexpr std::string_view spaces = " \t\r\n\f\v";

bool is_space(char c) { return spaces.find(c) != std::string_view::npos; }
bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_lower(char c) { return c >= 'a' && c <= 'z'; }

std::size_t word_size(std::string_view word) { return (word.size() + word_bytes_max - 1) / word_bytes_max; }

/// The next word at or after `at`; `at` moves behind it. Empty at the end.
std::string_view next_word(std::string_view text, std::size_t& at) {
  while (at < text.size() && is_space(text[at])) ++at;
  const std::size_t start = at;
  while (at < text.size() && !is_space(text[at])) ++at;
  return text.substr(start, at - start);
}

/// The word that ends with the full stop at `dot` is one after which a sentence goes on.
bool is_abbreviation(std::string_view text, std::size_t dot) {
  static constexpr std::array<std::string_view, 22> known{
      "e.g", "i.e", "mr", "mrs", "ms", "dr", "prof", "st",  "vs", "etc", "fig",
      "no",  "sec", "ch", "vol", "pp", "cf", "al",   "inc", "jr", "sr",  "approx"};
  std::size_t start = dot;
  while (start > 0 && !is_space(text[start - 1]) && text[start - 1] != '(') --start;
  const std::string_view word = text.substr(start, dot - start);
  if (word.size() == 1 && is_upper(word[0])) return true;
  return std::ranges::find(known, to_lower_ascii(word)) != known.end();
}

/// Length of the sentence end at `at` (its marks and closing quotes), or 0.
std::size_t sentence_end(std::string_view text, std::size_t at) {
  static constexpr std::array<std::string_view, 3> wide{"\u3002", "\uff01", "\uff1f"};
  for (std::string_view mark : wide) {
    if (text.substr(at).starts_with(mark)) return mark.size();
  }
  if (text[at] != '.' && text[at] != '!' && text[at] != '?') return 0;
  std::size_t end = at + 1;
  while (end < text.size() && std::string_view(".!?\"')]").find(text[end]) != std::string_view::npos) ++end;
  if (end < text.size() && !is_space(text[end])) return 0;
  std::size_t next = end;
  while (next < text.size() && is_space(text[next])) ++next;
  if (next < text.size() && is_lower(text[next])) return 0;
  if (text[at] == '.' && end == at + 1 && next < text.size() && is_abbreviation(text, at)) return 0;
  return end - at;
}

}  // namespace

std::size_t count_words(std::string_view text) {
  std::size_t count = 0, at = 0;
  for (std::string_view word = next_word(text, at); !word.empty(); word = next_word(text, at)) count += word_size(word);
  return count;
}

std::vector<std::string_view> split_sentences(std::string_view text) {
  std::vector<std::string_view> sentences;
  std::size_t start = 0;
  auto close = [&](std::size_t end) {
    const std::string_view sentence = trimmed(text.substr(start, end - start));
    if (!sentence.empty()) sentences.push_back(sentence);
    start = end;
  };
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = sentence_end(text, at);
    at += std::max<std::size_t>(length, 1);
    if (length > 0) close(at);
  }
  close(text.size());
  return sentences;
}

std::vector<std::string_view> split_lines(std::string_view text) {
  std::vector<std::string_view> lines;
  for (std::string_view line : split(text, '\n')) {
    if (!trimmed(line).empty()) lines.push_back(line);
  }
  return lines;
}

std::vector<std::string_view> split_by_size(std::string_view text, std::size_t words_max) {
  std::vector<std::string_view> pieces;
  std::size_t start = 0, end = 0, words = 0, at = 0;
  auto close = [&] {
    if (end > start) pieces.push_back(text.substr(start, end - start));
    words = 0;
  };
  for (std::string_view word = next_word(text, at); !word.empty(); word = next_word(text, at)) {
    if (words + word_size(word) > words_max) {
      close();
      while (word_size(word) > words_max) {
        std::string_view head = utf8_prefix(word, words_max * word_bytes_max);
        if (head.empty()) head = word.substr(0, words_max * word_bytes_max);
        pieces.push_back(head);
        word.remove_prefix(head.size());
      }
    }
    if (word.empty()) continue;
    if (words == 0) start = static_cast<std::size_t>(word.data() - text.data());
    end = static_cast<std::size_t>(word.data() - text.data()) + word.size();
    words += word_size(word);
  }
  if (words > 0) close();
  return pieces;
}

}  // namespace millwright::retrieval
