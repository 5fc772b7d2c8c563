#include "features/gateway/extract.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <unordered_map>
#include <utility>

#include "features/gateway/function_words.hpp"
#include "features/gateway/text_units.hpp"

namespace millwright::gateway {
namespace {

constexpr double saturation = 1.2, length_weight = 0.75;  // BM25's k1 and b
constexpr double neighbour_share = 0.35;                  // what a sentence gets of the better of its neighbours
constexpr double lead_places = 3;       // the first sentence gets as much as the best match, the fourth half of it
constexpr double context_weight = 0.4;  // of a word of the context
constexpr double repetition_cost = 0.3;
constexpr std::size_t compared_max = 64;  // selections that novelty is measured against
constexpr std::int64_t gap_tokens = 1;

struct Sentence {
  TextUnit unit;
  std::size_t text = 0;              // which of the texts
  std::vector<std::uint64_t> words;  // sorted, distinct
  std::size_t length = 0;            // in words
  std::unordered_map<std::uint64_t, int> counts;
  std::int64_t tokens = 0;
  double relevance = 0, score = 0, repeats = 0;
  std::size_t place = 0;  // in its text
  bool is_kept = false;
};

double likeness(const std::vector<std::uint64_t>& a, const std::vector<std::uint64_t>& b) {
  std::size_t shared = 0;
  for (auto x = a.begin(), y = b.begin(); x != a.end() && y != b.end();) {
    if (*x == *y)
      ++shared, ++x, ++y;
    else if (*x < *y)
      ++x;
    else
      ++y;
  }
  const auto all = a.size() + b.size() - shared;
  return all == 0 ? 0 : static_cast<double>(shared) / static_cast<double>(all);
}

class Extraction {
 public:
  Extraction(const ExtractRequest& request, const tokens::Tokeniser& tokeniser) : request_(request) {
    for (std::size_t i = 0; i < request.texts.size(); ++i) {
      std::size_t place = 0;
      for (const auto& unit : units_of(request.texts[i], request.numbers)) {
        Sentence sentence{.unit = unit, .text = i, .place = place++};
        sentence.tokens = tokeniser.count(unit.text).tokens;
        sentence.words = word_hashes(unit.text);
        sentence.length = sentence.words.size();
        for (const auto word : sentence.words) ++sentence.counts[word];
        std::ranges::sort(sentence.words);
        sentence.words.erase(std::ranges::unique(sentence.words).begin(), sentence.words.end());
        sentences_.push_back(std::move(sentence));
      }
    }
  }

  ExtractedTexts run() {
    for (const auto& sentence : sentences_) before_ += sentence.tokens;
    score();
    for (std::size_t i = 0; i < sentences_.size(); ++i) {
      if (sentences_[i].unit.is_protected) keep(i);
    }
    keep_best_of_each();
    auto budget = before_ * request_.keep_percent / 100;
    if (request_.tokens_max > 0) budget = std::min(budget, request_.tokens_max);
    while (after_ < budget) {
      const auto best = find_best(budget - after_);
      if (best == sentences_.size()) break;
      keep(best);
    }
    keep_headings();
    return render();
  }

 private:
  void score() {
    std::map<std::uint64_t, double> question;
    for (const auto word : word_hashes(request_.context)) question[word] = context_weight;
    for (const auto word : word_hashes(request_.question)) question[word] = 1;
    std::erase_if(question, [](const auto& word) { return is_function_word(word.first); });
    double length = 0;
    std::unordered_map<std::uint64_t, double> holders;
    for (const auto& sentence : sentences_) {
      length += static_cast<double>(sentence.length);
      for (const auto& [word, weight] : question) holders[word] += sentence.counts.contains(word) ? 1 : 0;
    }
    const auto count = static_cast<double>(sentences_.size());
    const double mean = std::max(1.0, length / std::max(1.0, count));
    double best = 0;
    for (auto& sentence : sentences_) {
      const double norm =
          saturation * (1 - length_weight + length_weight * static_cast<double>(sentence.length) / mean);
      for (const auto& [word, weight] : question) {
        const auto found = sentence.counts.find(word);
        if (found == sentence.counts.end()) continue;
        const double idf = std::log(1 + (count - holders[word] + 0.5) / (holders[word] + 0.5));
        sentence.relevance += weight * idf * found->second * (saturation + 1) / (found->second + norm);
      }
      best = std::max(best, sentence.relevance);
    }
    for (std::size_t i = 0; i < sentences_.size(); ++i) {
      auto& sentence = sentences_[i];
      double neighbour = 0;
      if (i > 0 && sentences_[i - 1].text == sentence.text) neighbour = sentences_[i - 1].relevance;
      if (i + 1 < sentences_.size() && sentences_[i + 1].text == sentence.text) {
        neighbour = std::max(neighbour, sentences_[i + 1].relevance);
      }
      const double lead = 1 / (1 + static_cast<double>(sentence.place) / lead_places);
      sentence.score = best > 0 ? (sentence.relevance + neighbour_share * neighbour) / best + lead : lead;
    }
  }

  void keep(std::size_t index) {
    auto& kept = sentences_[index];
    if (kept.is_kept) return;
    kept.is_kept = true;
    after_ += kept.tokens;
    if (++compared_ > compared_max) return;
    for (auto& other : sentences_) {
      if (!other.is_kept) other.repeats = std::max(other.repeats, likeness(kept.words, other.words));
    }
  }

  /// Of those not kept that fit into `room`; the end when there is none. Earlier ones win ties.
  [[nodiscard]] std::size_t find_best(std::int64_t room) const {
    auto best = sentences_.size();
    for (std::size_t i = 0; i < sentences_.size(); ++i) {
      const auto& sentence = sentences_[i];
      if (sentence.is_kept || sentence.unit.is_heading || sentence.tokens > room) continue;
      if (best == sentences_.size() || value_of(i) > value_of(best)) best = i;
    }
    return best;
  }
  [[nodiscard]] double value_of(std::size_t i) const {
    return sentences_[i].score - repetition_cost * sentences_[i].repeats;
  }

  /// A passage that is cited must say something.
  void keep_best_of_each() {
    for (std::size_t text = 0, at = 0; text < request_.texts.size(); ++text) {
      auto best = sentences_.size();
      for (; at < sentences_.size() && sentences_[at].text == text; ++at) {
        if (sentences_[at].unit.is_heading) continue;
        if (best == sentences_.size() || value_of(at) > value_of(best)) best = at;
      }
      if (best < sentences_.size()) keep(best);
    }
  }

  void keep_headings() {
    bool has_kept = false;
    for (std::size_t i = sentences_.size(); i-- > 0;) {
      const bool ends_text = i + 1 < sentences_.size() && sentences_[i + 1].text != sentences_[i].text;
      if (ends_text) has_kept = false;
      if (!sentences_[i].unit.is_heading)
        has_kept |= sentences_[i].is_kept;
      else if (std::exchange(has_kept, false))
        keep(i);
    }
  }

  [[nodiscard]] ExtractedTexts render() {
    ExtractedTexts result;
    result.texts.resize(request_.texts.size());
    result.tokens_before = before_;
    result.units = sentences_.size();
    bool was_kept = true;
    std::string_view behind;
    for (std::size_t i = 0; i < sentences_.size(); ++i) {
      const auto& sentence = sentences_[i];
      auto& text = result.texts[sentence.text];
      if (i == 0 || sentences_[i - 1].text != sentence.text) {
        was_kept = true;
        behind = {};
      }
      result.protected_units += sentence.unit.is_protected ? 1 : 0;
      if (sentence.is_kept) {
        ++result.kept;
        text += behind;
        text += sentence.unit.text;
        behind = sentence.unit.behind;
      } else if (was_kept) {
        const bool is_broken = behind.find('\n') != std::string_view::npos;
        text += text.empty() ? "" : is_broken ? "\n" : " ";
        text += "\u2026";
        after_ += gap_tokens;
        behind = sentence.unit.behind.find('\n') != std::string_view::npos ? "\n" : " ";
      }
      if (!sentence.is_kept && sentence.unit.behind.find('\n') != std::string_view::npos) behind = "\n";
      was_kept = sentence.is_kept;
    }
    result.tokens_after = std::min(after_, before_);
    for (std::size_t i = 0; i < result.texts.size(); ++i) {
      if (result.texts[i].size() >= request_.texts[i].size()) result.texts[i] = request_.texts[i];
    }
    return result;
  }

  const ExtractRequest& request_;
  std::vector<Sentence> sentences_;
  std::int64_t before_ = 0, after_ = 0;
  std::size_t compared_ = 0;
};

}  // namespace

ExtractedTexts extract(const ExtractRequest& request, const tokens::Tokeniser& tokeniser) {
  return Extraction(request, tokeniser).run();
}

}  // namespace millwright::gateway
