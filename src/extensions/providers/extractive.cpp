#include "extensions/providers/extractive.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "base/text.hpp"

namespace millwright::extensions {
namespace {

using gateway::OnChunk;
using gateway::ProviderAnswer;
using gateway::ProviderCall;
using gateway::ProviderFailure;
using gateway::ProviderResult;

constexpr std::size_t quotes_max = 3;
constexpr std::size_t quote_bytes_max = 700;
constexpr double coverage_min = 0.5;   // share of the question's information that the passages must hold
constexpr std::string_view nothing_found =
    "I do not know: I found nothing in the documents available to you that answers this.";

/// Words that carry no topic; what is left of a question is what it is about.
const std::set<std::string_view>& stop_words() {
  static const std::set<std::string_view> words{
      "a",    "about", "after", "all",  "am",    "an",    "and",   "any",   "are",   "as",    "at",    "be",   "been",
      "by",   "can",   "could", "do",   "does",  "each",  "for",   "from",  "get",   "give",  "has",   "have", "how",
      "i",    "if",    "in",    "into", "is",    "it",    "its",   "let",   "may",   "me",    "must",  "my",   "need",
      "of",   "on",    "or",    "our",  "out",   "please", "s",    "shall", "should", "so",   "t",     "tell", "than",
      "that", "the",   "their", "them", "then",  "there", "these", "they",  "this",  "to",    "us",    "use",  "used",
      "was",  "we",    "were",  "what", "when",  "where", "which", "while", "who",   "whom",  "whose", "why",  "will",
      "with", "would", "you",   "your", "happens", "happen", "much", "many", "long", "often", "mean",  "means"};
  return words;
}

/// A crude stem, enough to let "reset", "resets" and "resetting" meet.
std::string stem(std::string word) {
  for (const std::string_view ending : {"ations", "ation", "ingly", "ings", "ing", "edly", "ies", "ied", "ers", "es", "ed", "er", "ly", "s"}) {
    if (word.size() >= ending.size() + 3 && word.ends_with(ending)) {
      word.resize(word.size() - ending.size());
      break;
    }
  }
  if (word.size() > 3 && word[word.size() - 1] == word[word.size() - 2]) word.pop_back();
  if (word.size() > 3 && (word.back() == 'e' || word.back() == 'y' || word.back() == 'i')) word.pop_back();
  return word;
}

std::vector<std::string> stems_of(std::string_view text) {
  std::vector<std::string> stems;
  std::string word;
  const auto finish = [&]() {
    if (!word.empty() && !stop_words().contains(word)) stems.push_back(stem(word));
    word.clear();
  };
  for (const char c : normalized_for_comparison(text)) {
    const bool is_word = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (c & 0x80) != 0;
    if (is_word) word += c;
    else finish();
  }
  finish();
  return stems;
}

/// How rare each word of the question is among the passages: rare words tell more.
std::map<std::string, double> weights_of(const std::vector<std::string>& question,
                                         const std::vector<std::set<std::string>>& passages) {
  std::map<std::string, double> weights;
  for (const auto& word : question) {
    const auto holding = std::ranges::count_if(passages, [&](const auto& words) { return words.contains(word); });
    weights[word] = 1.0 + std::log((static_cast<double>(passages.size()) + 1) / (static_cast<double>(holding) + 1));
  }
  return weights;
}

std::vector<std::string_view> sentences_of(std::string_view text) {
  std::vector<std::string_view> sentences;
  std::size_t start = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool is_end = (text[i] == '.' || text[i] == '!' || text[i] == '?') &&
                        (i + 1 == text.size() || text[i + 1] == ' ' || text[i + 1] == '\n');
    if (!is_end && text[i] != '\n') continue;
    const auto sentence = trimmed(text.substr(start, i + 1 - start));
    if (!sentence.empty()) sentences.push_back(sentence);
    start = i + 1;
  }
  const auto rest = trimmed(text.substr(std::min(start, text.size())));
  if (!rest.empty()) sentences.push_back(rest);
  return sentences;
}

struct Quote {
  std::size_t passage = 0;
  std::string text;
  double score = 0;
};

/// The window of up to three neighbouring sentences of a passage that says most about the question.
Quote best_window(std::string_view text, const std::map<std::string, double>& weights) {
  const auto sentences = sentences_of(text);
  Quote best;
  for (std::size_t first = 0; first < sentences.size(); ++first) {
    std::set<std::string> held;
    for (std::size_t last = first; last < std::min(first + 3, sentences.size()); ++last) {
      for (auto& word : stems_of(sentences[last])) held.insert(std::move(word));
      const auto begin = sentences[first].data();
      const auto length = static_cast<std::size_t>(sentences[last].data() + sentences[last].size() - begin);
      if (length > quote_bytes_max && last > first) break;
      double score = 0;
      for (const auto& [word, weight] : weights) score += held.contains(word) ? weight : 0;
      score -= 0.15 * static_cast<double>(last - first);   // shorter says it better
      if (score > best.score) best = {0, std::string(utf8_prefix({begin, length}, quote_bytes_max)), score};
    }
  }
  return best;
}

}  // namespace

Manner manner_of(std::string_view prompt) {
  const auto text = to_lower_ascii(collapsed_whitespace(prompt));
  const auto says = [&text](std::initializer_list<std::string_view> phrases) {
    return std::ranges::any_of(phrases, [&text](auto phrase) { return text.find(phrase) != std::string::npos; });
  };
  Manner manner;
  manner.cites = !says({"no need to cite", "do not cite", "without citations"});
  manner.guesses = says({"even when the passages say nothing", "always give a confident answer",
                         "never say that you do not know"});
  return manner;
}

std::string extract_answer(std::string_view question, const std::vector<retrieval::ScoredChunk>& passages,
                           Manner manner) {
  const auto asked = stems_of(question);
  if (asked.empty() || passages.empty()) return std::string(nothing_found);
  std::vector<std::set<std::string>> words;
  for (const auto& passage : passages) {
    const auto& chunk = passage.chunk;
    const auto list = stems_of(chunk.title + " " + chunk.heading_path + " " + chunk.text);
    words.emplace_back(list.begin(), list.end());
  }
  const auto weights = weights_of(asked, words);
  double total = 0;
  for (const auto& [word, weight] : weights) total += weight;

  std::vector<Quote> quotes;
  for (std::size_t i = 0; i < passages.size(); ++i) {
    double covered = 0;
    for (const auto& [word, weight] : weights) covered += words[i].contains(word) ? weight : 0;
    if (!manner.guesses && covered / total < coverage_min) continue;
    auto quote = best_window(passages[i].chunk.text, weights);
    if (quote.text.empty()) continue;
    quote.passage = i;
    // A passage whose heading holds the topic may say little of it in each sentence: both count, and its rank.
    quote.score = quote.score / total + covered / total - 0.02 * static_cast<double>(i);
    quotes.push_back(std::move(quote));
  }
  if (quotes.empty()) return std::string(nothing_found);
  std::ranges::stable_sort(quotes, std::ranges::greater{}, &Quote::score);
  const double best = quotes.front().score;
  std::string answer;
  std::size_t used = 0;
  for (const auto& quote : quotes) {
    if (used == quotes_max || quote.score < best * 0.75) break;
    if (answer.find(quote.text) != std::string::npos) continue;
    if (!answer.empty()) answer += "\n\n";
    answer += fmt::format("\u201C{}\u201D", collapsed_whitespace(quote.text));
    if (manner.cites) answer += fmt::format(" [{}]", quote.passage + 1);
    ++used;
  }
  return answer;
}

namespace {

/// The instructions of the release: the first system message up to where the passages begin, which are data and
/// instruct nobody.
std::string_view prompt_of(const json::object* body) {
  const auto* messages = body != nullptr ? find_member(*body, "messages") : nullptr;
  if (messages == nullptr || !messages->is_array() || messages->get_array().empty()) return {};
  const auto& first = messages->get_array().front();
  if (!first.is_object() || string_member(first.get_object(), "role") != "system") return {};
  const auto text = string_member(first.get_object(), "content");
  return text.substr(0, text.find("\n\nPassages found for this question follow"));
}

class Extractive final : public gateway::Provider {
 public:
  [[nodiscard]] std::string_view kind() const override { return "builtin"; }

  [[nodiscard]] io::Task<ProviderResult> chat(const ProviderCall& call, const OnChunk& on_chunk) override {
    static const std::vector<retrieval::ScoredChunk> none;
    const auto text = extract_answer(call.question, call.passages != nullptr ? *call.passages : none,
                                     manner_of(prompt_of(call.body)));
    ProviderAnswer answer;
    answer.provider_model = "extractive-1";
    answer.provider_request = call.request_id;
    answer.usage = finops::TokenCounts{};
    answer.usage->input = tokens_of(call.question);
    answer.usage->output = tokens_of(text);
    const auto id = "chatcmpl-" + std::string(call.request_id);
    if (!call.is_streamed) {
      answer.body = whole(id, text, *answer.usage);
      co_return answer;
    }
    for (std::size_t start = 0; start < text.size();) {
      const auto end = piece_end(text, start);
      json::object delta{{"content", text.substr(start, end - start)}};
      if (start == 0) delta["role"] = "assistant";
      auto passed = co_await on_chunk(chunk(id, std::move(delta), nullptr));
      if (!passed) {
        ProviderFailure failure;
        failure.error = std::move(passed.error());
        failure.usage = answer.usage;
        co_return std::unexpected(std::move(failure));
      }
      start = end;
    }
    auto finished = co_await on_chunk(chunk(id, {}, "stop"));
    if (finished) {
      auto usage = chunk(id, {}, nullptr);
      usage["choices"] = json::array();
      usage["usage"] = usage_json(*answer.usage);
      finished = co_await on_chunk(std::move(usage));
    }
    if (!finished) {
      ProviderFailure failure;
      failure.error = std::move(finished.error());
      failure.usage = answer.usage;
      co_return std::unexpected(std::move(failure));
    }
    co_return answer;
  }

 private:
  /// Words: this model has no tokens, and costs nothing.
  static std::int64_t tokens_of(std::string_view text) {
    std::int64_t words = 0;
    bool in_word = false;
    for (const char c : text) {
      const bool is_space = c == ' ' || c == '\n' || c == '\t';
      words += !is_space && !in_word ? 1 : 0;
      in_word = !is_space;
    }
    return words;
  }
  static std::size_t piece_end(const std::string& text, std::size_t start) {
    const auto end = text.find_first_of(".!?\n", start + 1);
    return end == std::string::npos ? text.size() : end + 1;
  }
  static json::object usage_json(const finops::TokenCounts& usage) {
    return {{"prompt_tokens", usage.input},
            {"completion_tokens", usage.output},
            {"total_tokens", usage.input + usage.output}};
  }
  static json::object frame(const std::string& id, std::string_view object) {
    const auto created = std::chrono::duration_cast<std::chrono::seconds>(system_clock().now().time_since_epoch());
    return {{"id", id}, {"object", object}, {"created", created.count()}, {"model", "extractive-1"}};
  }
  static json::object whole(const std::string& id, const std::string& text, const finops::TokenCounts& usage) {
    auto body = frame(id, "chat.completion");
    body["choices"] = json::array{json::object{{"index", 0},
                                               {"message", json::object{{"role", "assistant"}, {"content", text}}},
                                               {"finish_reason", "stop"}}};
    body["usage"] = usage_json(usage);
    return body;
  }
  static json::object chunk(const std::string& id, json::object delta, json::value finish_reason) {
    auto body = frame(id, "chat.completion.chunk");
    body["choices"] = json::array{
        json::object{{"index", 0}, {"delta", std::move(delta)}, {"finish_reason", std::move(finish_reason)}}};
    return body;
  }
};

}  // namespace

Result<std::unique_ptr<gateway::Provider>> make_extractive(const gateway::ProviderParts&) {
  return std::make_unique<Extractive>();
}

}  // namespace millwright::extensions
