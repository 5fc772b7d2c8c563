#include "features/gateway/citations.hpp"

#include <algorithm>
#include <set>

#include "base/text.hpp"

namespace millwright::gateway {
namespace {

struct Mark {
  std::size_t start = 0, end = 0;   // bytes of "[n]"
  std::size_t number = 0;
};

std::vector<Mark> find_marks(std::string_view text) {
  std::vector<Mark> marks;
  for (std::size_t open = text.find('['); open != std::string_view::npos; open = text.find('[', open + 1)) {
    std::size_t at = open + 1;
    std::size_t number = 0;
    while (at < text.size() && text[at] >= '0' && text[at] <= '9' && at - open <= 3) {
      number = number * 10 + static_cast<std::size_t>(text[at++] - '0');
    }
    if (at > open + 1 && at < text.size() && text[at] == ']') marks.push_back({open, at + 1, number});
  }
  return marks;
}

std::vector<std::string_view> sentences_of(std::string_view text) {
  std::vector<std::string_view> sentences;
  std::size_t start = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool ends = (text[i] == '.' || text[i] == '!' || text[i] == '?') && (i + 1 == text.size() || text[i + 1] == ' ');
    if (!ends && text[i] != '\n') continue;
    const auto sentence = trimmed(text.substr(start, i + 1 - start));
    if (!sentence.empty()) sentences.push_back(sentence);
    start = i + 1;
  }
  const auto rest = trimmed(text.substr(std::min(start, text.size())));
  if (!rest.empty()) sentences.push_back(rest);
  return sentences;
}

std::set<std::string> words_of(std::string_view text) {
  std::set<std::string> words;
  std::string word;
  for (const char c : text) {
    const bool is_word = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c & 0x80) != 0;
    if (is_word) {
      word += c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    } else if (!word.empty()) {
      words.insert(std::move(word));
      word.clear();
    }
  }
  if (!word.empty()) words.insert(std::move(word));
  return words;
}

std::string best_sentence(std::string_view passage, std::string_view claim) {
  const auto claim_words = words_of(claim);
  std::string_view best;
  double best_share = -1;
  for (const auto sentence : sentences_of(passage)) {
    const auto words = words_of(sentence);
    const auto shared = std::ranges::count_if(words, [&](const auto& word) { return claim_words.contains(word); });
    const double share = words.empty() ? 0 : static_cast<double>(shared) / static_cast<double>(words.size() + 3);
    if (share > best_share) {
      best_share = share;
      best = sentence;
    }
  }
  return std::string(utf8_prefix(best, 400));
}

std::size_t code_points(std::string_view text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

}  // namespace

std::vector<Citation> find_citations(std::string_view text, const std::vector<retrieval::ScoredChunk>& passages) {
  std::vector<Citation> citations;
  std::size_t previous_end = 0;
  for (const auto& mark : find_marks(text)) {
    const auto before = text.substr(previous_end, mark.start - previous_end);
    previous_end = mark.end;
    if (mark.number == 0 || mark.number > passages.size()) continue;
    if (std::ranges::any_of(citations, [&](const Citation& known) { return known.number == mark.number; })) continue;
    const auto& chunk = passages[mark.number - 1].chunk;
    const auto claims = sentences_of(before);
    Citation citation;
    citation.number = mark.number;
    citation.document = chunk.document.text();
    citation.version = fmt::format("{}", chunk.document_version);
    citation.chunk = chunk.id;
    citation.title = chunk.title;
    citation.uri = chunk.uri;
    citation.quote = best_sentence(chunk.text, claims.empty() ? before : claims.back());
    citation.updated = chunk.updated;
    citations.push_back(std::move(citation));
  }
  return citations;
}

json::array annotations_for(std::string_view text, const std::vector<Citation>& citations) {
  json::array annotations;
  for (const auto& mark : find_marks(text)) {
    const auto cited = std::ranges::find(citations, mark.number, &Citation::number);
    if (cited == citations.end()) continue;
    const auto start = code_points(text.substr(0, mark.start));
    json::object url{{"start_index", start},
                     {"end_index", start + (mark.end - mark.start)},
                     {"url", cited->uri},
                     {"title", cited->title}};
    annotations.push_back(json::object{{"type", "url_citation"}, {"url_citation", std::move(url)}});
  }
  return annotations;
}

json::array to_json(const std::vector<Citation>& citations) {
  json::array list;
  for (const auto& citation : citations) {
    list.push_back(json::object{{"number", citation.number},
                                {"document", citation.document},
                                {"version", citation.version},
                                {"chunk", citation.chunk},
                                {"title", citation.title},
                                {"uri", citation.uri},
                                {"quote", citation.quote},
                                {"updated_at", render_time(citation.updated)}});
  }
  return list;
}

}  // namespace millwright::gateway
