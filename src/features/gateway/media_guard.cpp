#include "features/gateway/media_guard.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace millwright::gateway {
namespace {

using policy::Action;
using policy::Direction;

void add(OutputVerdict& verdict, const OutputVerdict& more) {
  verdict.action = std::max(verdict.action, more.action);
  for (const auto& [type, count] : more.findings) verdict.findings[type] += count;
}

/// One piece, with what was found replaced where it begins and cut out where it only goes on.
std::string redacted(std::string_view piece, std::size_t offset, const policy::ScanResult& scanned,
                     const policy::Guard& guard) {
  std::string text;
  std::size_t at = 0;
  for (const auto& finding : scanned.findings) {
    if (finding.action == Action::Allow || finding.end <= offset || finding.start >= offset + piece.size()) continue;
    const auto start = std::max(finding.start, offset) - offset;
    const auto end = std::min(finding.end - offset, piece.size());
    text += piece.substr(at, start - at);
    if (finding.start >= offset) {
      policy::ScanResult here;
      here.findings = {{finding.type, 0, end - start, finding.score, finding.action}};
      text += guard.redact(piece.substr(start, end - start), here);
    }
    at = end;
  }
  text += piece.substr(at);
  return text;
}

/// The members that hold one list of texts: segments[].text, words[].word.
std::vector<json::string*> texts_in(json::object& answer, std::string_view list, std::string_view member) {
  std::vector<json::string*> texts;
  auto* items = answer.if_contains(list);
  if (items == nullptr || !items->is_array()) return texts;
  for (auto& item : items->get_array()) {
    auto* text = item.is_object() ? item.get_object().if_contains(member) : nullptr;
    if (text != nullptr && text->is_string()) texts.push_back(&text->get_string());
  }
  return texts;
}

bool is_opaque(std::string_view name) {
  return name == "url" || name == "b64_json" || name == "audio" || name == "type" || name == "segments" ||
         name == "words";
}

void guard_rest(json::value& value, const policy::Guard& guard, OutputVerdict& verdict) {
  if (value.is_object()) {
    for (auto& member : value.get_object()) {
      if (!is_opaque(member.key())) guard_rest(member.value(), guard, verdict);
    }
  } else if (value.is_array()) {
    for (auto& item : value.get_array()) guard_rest(item, guard, verdict);
  } else if (value.is_string()) {
    guard_pieces({&value.get_string()}, guard, verdict);
  }
}

void drop_spellings(json::object& answer) {
  answer.erase("logprobs");
  answer.erase("tokens");
  for (const auto* list : {"segments", "words"}) {
    auto* items = answer.if_contains(list);
    if (items == nullptr || !items->is_array()) continue;
    for (auto& item : items->get_array()) {
      if (item.is_object()) drop_spellings(item.get_object());
    }
  }
}

bool is_time_or_number(std::string_view line) {
  return line.find("-->") != std::string_view::npos ||
         std::ranges::all_of(line, [](char c) { return (c >= '0' && c <= '9') || c == '\r'; });
}

}  // namespace

namespace {

/// The pieces as one text, words apart or as they stand, and what is found in it.
struct Joined {
  std::string whole;
  std::vector<std::size_t> offsets;
  policy::ScanResult scanned;
};
Joined scan_joined(const std::vector<json::string*>& pieces, const policy::Guard& guard, bool keeps_words_apart) {
  Joined joined;
  for (const auto* piece : pieces) {
    auto& whole = joined.whole;
    const bool is_apart = whole.empty() || whole.back() == ' ' || piece->empty() || piece->front() == ' ';
    if (keeps_words_apart && !is_apart) whole += ' ';
    joined.offsets.push_back(whole.size());
    whole += std::string_view(*piece);
  }
  joined.scanned = guard.scan(joined.whole, Direction::Output);
  return joined;
}

}  // namespace

void guard_pieces(const std::vector<json::string*>& pieces, const policy::Guard& guard, OutputVerdict& verdict) {
  // A cut may stand between words or within one.
  for (const bool keeps_words_apart : {true, false}) {
    if (pieces.empty() || (pieces.size() == 1 && !keeps_words_apart)) return;
    const auto joined = scan_joined(pieces, guard, keeps_words_apart);
    if (joined.scanned.findings.empty()) continue;
    verdict.note(joined.scanned);
    if (joined.scanned.verdict != Action::Redact) continue;
    for (std::size_t i = 0; i < pieces.size(); ++i) {
      *pieces[i] = redacted(std::string_view(*pieces[i]), joined.offsets[i], joined.scanned, guard);
    }
  }
}

OutputVerdict guard_media(json::object& answer, const policy::Guard& guard) {
  OutputVerdict verdict;
  for (const auto& [list, member] : {std::pair{"segments", "text"}, std::pair{"words", "word"}}) {
    guard_pieces(texts_in(answer, list, member), guard, verdict);
  }
  OutputVerdict rest;
  for (auto& member : answer) {
    if (!is_opaque(member.key()) && member.key() != "logprobs") guard_rest(member.value(), guard, rest);
  }
  add(verdict, rest);
  if (verdict.action >= Action::Redact) drop_spellings(answer);
  return verdict;
}

OutputVerdict guard_subtitles(std::string& text, const policy::Guard& guard) {
  std::vector<json::string> lines;
  std::vector<json::string*> words;
  for (const auto line : split(text, '\n')) lines.emplace_back(line);
  for (auto& line : lines) {
    if (!is_time_or_number(std::string_view(line))) words.push_back(&line);
  }
  OutputVerdict verdict;
  guard_pieces(words, guard, verdict);
  if (verdict.action != Action::Redact) return verdict;
  text.clear();
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (i > 0) text += '\n';
    text += std::string_view(lines[i]);
  }
  return verdict;
}

bool TranscriptGuard::feed(json::object& event) {
  auto* delta = event.if_contains("delta");
  if (delta == nullptr || !delta->is_string()) {
    add(whole_, guard_media(event, guard_));
    return true;
  }
  if (!stream_) stream_ = std::make_unique<policy::StreamGuard>(guard_, Direction::Output);
  const std::string given(delta->get_string());
  const auto released = stream_->feed(given);
  if (released != given) event.erase("logprobs");  // they spell what is held back
  delta->get_string() = released;
  return !released.empty();
}

std::string TranscriptGuard::rest() { return stream_ ? stream_->finish() : std::string(); }

OutputVerdict TranscriptGuard::verdict() const {
  OutputVerdict verdict = whole_;
  if (!stream_) return verdict;
  verdict.action = std::max(verdict.action, stream_->verdict());
  for (const auto& finding : stream_->findings()) ++verdict.findings[std::string(finding.type)];
  return verdict;
}

}  // namespace millwright::gateway
