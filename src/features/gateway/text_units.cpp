#include "features/gateway/text_units.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "base/tokens/characters.hpp"
#include "base/tokens/rank_format.hpp"
#include "features/retrieval/retrieval.hpp"

namespace millwright::gateway {
namespace {

constexpr std::size_t stem_characters = 6;

enum class LineKind : std::uint8_t { Blank, Plain, Item, Heading, Fence, Structured };

bool is_fence(std::string_view bare) { return bare.starts_with("```") || bare.starts_with("~~~"); }

bool is_item(std::string_view bare) {
  if (bare.starts_with("- ") || bare.starts_with("* ") || bare.starts_with("+ ") || bare.starts_with("\u2022"))
    return true;
  const auto digits = bare.find_first_not_of("0123456789");
  return digits != std::string_view::npos && digits > 0 && digits <= 3 && (bare[digits] == '.' || bare[digits] == ')');
}

LineKind kind_of(std::string_view line) {
  const auto bare = trimmed(line);
  if (bare.empty()) return LineKind::Blank;
  if (is_fence(bare)) return LineKind::Fence;
  if (line.starts_with("    ") || line.starts_with("\t") || std::ranges::count(bare, '|') >= 2 ||
      bare.find('\t') != std::string_view::npos) {
    return LineKind::Structured;
  }
  if (bare.front() == '#') return LineKind::Heading;
  return is_item(bare) ? LineKind::Item : LineKind::Plain;
}

bool has_what_must_stay(std::string_view text, Numbers numbers) {
  return std::ranges::any_of(
      text, [numbers](char c) { return c == '`' || (numbers == Numbers::Stay && c >= '0' && c <= '9'); });
}

/// Collects stretches of lines and cuts them into units.
class Cutting {
 public:
  Cutting(std::string_view text, Numbers numbers) : text_(text), numbers_(numbers) {}

  std::vector<TextUnit> run() {
    for (std::size_t at = 0; at < text_.size();) {
      const auto line_end = std::min(text_.find('\n', at), text_.size());
      add_line(at, line_end);
      at = line_end + 1;
    }
    close(text_.size());
    for (std::size_t i = 0; i < units_.size(); ++i) {
      const auto* end = units_[i].text.data() + units_[i].text.size();
      const auto* next = i + 1 < units_.size() ? units_[i + 1].text.data() : text_.data() + text_.size();
      units_[i].behind = {end, static_cast<std::size_t>(next - end)};
    }
    return std::move(units_);
  }

 private:
  void add_line(std::size_t begin, std::size_t end) {
    const auto kind = kind_of(text_.substr(begin, end - begin));
    if (in_fence_) {
      if (kind == LineKind::Fence) {
        close(end);
        in_fence_ = false;
      }
      return;
    }
    if (kind == LineKind::Fence) {
      close(begin);
      open(begin, LineKind::Structured);
      in_fence_ = true;
      return;
    }
    const bool goes_on =
        is_open_ && ((kind == LineKind::Plain && (kind_ == LineKind::Plain || kind_ == LineKind::Item)) ||
                     (kind == LineKind::Structured && kind_ == LineKind::Structured));
    if (goes_on) return;
    close(begin);
    if (kind != LineKind::Blank) open(begin, kind);
  }
  void open(std::size_t begin, LineKind kind) {
    begin_ = begin;
    kind_ = kind;
    is_open_ = true;
  }
  void close(std::size_t end) {
    if (!is_open_) return;
    is_open_ = false;
    const auto stretch = text_.substr(begin_, end - begin_);
    if (kind_ == LineKind::Structured) {
      // Indentation belongs to code.
      const auto last = stretch.find_last_not_of(" \t\r\n");
      units_.push_back({stretch.substr(0, last + 1), {}, true, false});
      return;
    }
    if (kind_ == LineKind::Heading) {
      units_.push_back({trimmed(stretch), {}, false, true});
      return;
    }
    for (const auto sentence : retrieval::split_sentences(stretch)) {
      units_.push_back({sentence, {}, has_what_must_stay(sentence, numbers_), false});
    }
  }

  std::string_view text_;
  Numbers numbers_;
  std::vector<TextUnit> units_;
  std::size_t begin_ = 0;
  LineKind kind_ = LineKind::Plain;
  bool is_open_ = false, in_fence_ = false;
};

}  // namespace

std::vector<TextUnit> units_of(std::string_view text, Numbers numbers) { return Cutting(text, numbers).run(); }

std::vector<std::uint64_t> word_hashes(std::string_view text) {
  namespace character = tokens::character;
  const auto folded = normalized_for_comparison(text);
  const std::string_view view = folded;
  std::vector<std::uint64_t> words;
  std::size_t begin = 0, characters = 0, stem_end = 0, before = 0;
  const auto end_word = [&]() {
    if (characters > 0) words.push_back(tokens::hash_token(view.substr(begin, stem_end - begin)));
    characters = 0;
  };
  bool was_caseless = false;
  for (std::size_t at = 0; at < view.size();) {
    const auto next = tokens::character_at(view, at);
    if (next.classes == character::caseless && next.bytes >= 3) {
      end_word();
      words.push_back(
          tokens::hash_token(view.substr(was_caseless ? before : at, at + next.bytes - (was_caseless ? before : at))));
      was_caseless = true;
      before = at;
    } else {
      was_caseless = false;
      if ((next.classes & (character::letter | character::mark | character::number)) != 0) {
        if (characters++ == 0) begin = at;
        if (characters <= stem_characters) stem_end = at + next.bytes;
      } else {
        end_word();
      }
    }
    at += next.bytes;
  }
  end_word();
  return words;
}

}  // namespace millwright::gateway
