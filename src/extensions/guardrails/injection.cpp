// Signs of prompt injection in words: orders to set instructions aside, requests for the hidden prompt, counterfeit
// chat templates, text addressed to the machine that reads it. Words alone are weak evidence: they are scored and
// reported, and in documents lead to quarantine; a person's own prompt is never refused for them.
#include "extensions/guardrails/all.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "extensions/guardrails/shapes.hpp"

namespace millwright::extensions {
namespace {

using namespace policy;

constexpr std::array types_list{FindingType{"injection.override"},  FindingType{"injection.extraction"},
                                FindingType{"injection.role"},      FindingType{"injection.chat_template"},
                                FindingType{"injection.addressed"}, FindingType{"injection.weak"}};
constexpr std::size_t words_max = 10, phrase_bytes_max = 160;
using Words = std::span<const std::string_view>;

constexpr std::array<std::string_view, 14> override_verbs{"ignore",    "disregard", "forget",  "override", "overlook",
                                                          "bypass",    "discard",   "neglect", "violate",  "ignorez",
                                                          "ignoriere", "ignora",    "oublie",  "vergiss"};
constexpr std::array<std::string_view, 32> scope_words{
    "all",        "any",     "every",    "everything", "previous", "prior",     "above",       "earlier",
    "preceding",  "former",  "existing", "initial",    "original", "your",      "my",          "these",
    "those",      "other",   "system",   "safety",     "past",     "foregoing", "précédentes", "vorherigen",
    "anteriores", "current", "last",     "first",      "given",    "before",    "anything",    "whatever"};
constexpr std::array<std::string_view, 34> scope_nouns{
    "instruction", "instructions",  "prompt",     "prompts",   "rule",       "rules",      "directive",
    "directives",  "guideline",     "guidelines", "command",   "commands",   "constraint", "constraints",
    "context",     "programming",   "training",   "orders",    "directions", "policies",   "restrictions",
    "safeguards",  "guardrails",    "told",       "said",      "instructed", "messages",   "conversation",
    "anweisungen", "instrucciones", "ordres",     "consignes", "filters",    "request"};
constexpr std::array<std::string_view, 14> reveal_verbs{"reveal",  "show",   "print",    "repeat", "output",
                                                        "display", "leak",   "disclose", "tell",   "give",
                                                        "recite",  "expose", "share",    "dump"};
constexpr std::array<std::string_view, 4> hidden_owners{"system", "initial", "hidden", "secret"};
constexpr std::array<std::string_view, 3> hidden_nouns{"prompt", "instructions", "message"};
constexpr std::array<std::string_view, 9> loose_roles{
    "dan", "unrestricted", "jailbroken", "uncensored", "unfiltered", "developer", "god", "evil", "root"};

constexpr bool is_word_byte(char c) { return is_alnum(c) || c == '\'' || static_cast<unsigned char>(c) >= 0x80u; }
bool is_one_of(std::string_view word, Words words) {
  return std::ranges::any_of(
      words, [word](std::string_view wanted) { return word.size() == wanted.size() && has_at(word, 0, wanted); });
}

/// The words from `at` on, within one sentence.
struct Phrase {
  std::array<std::string_view, words_max> words{};
  std::array<std::size_t, words_max> ends{};
  std::size_t count = 0;
};
Phrase read_phrase(std::string_view text, std::size_t at) {
  Phrase phrase;
  const std::size_t limit = std::min(text.size(), at + phrase_bytes_max);
  while (phrase.count < words_max && at < limit) {
    std::size_t end = at;
    while (end < limit && is_word_byte(text[end])) ++end;
    if (end == limit && end < text.size()) break;
    if (end > at) {
      phrase.words[phrase.count] = text.substr(at, end - at);
      phrase.ends[phrase.count++] = end;
    }
    at = end;
    while (at < limit && !is_word_byte(text[at])) {
      const char c = text[at];
      if ((c == '.' || c == '!' || c == '?' || c == ';') && at > 0) return phrase;
      if (c == '\n' && char_at(text, at + 1) == '\n') return phrase;
      ++at;
    }
  }
  return phrase;
}

/// Place of the first word of `wanted` among words [from, to), or `to`.
std::size_t find_word(const Phrase& phrase, std::size_t from, std::size_t to, Words wanted) {
  for (std::size_t i = from; i < std::min(to, phrase.count); ++i) {
    if (is_one_of(phrase.words[i], wanted)) return i;
  }
  return to;
}

class Injection final : public Guardrail {
 public:
  Injection() {
    anchors_ = {
        {R"(\b(?:ignore|disregard|forget|override|overlook|bypass|discard|neglect|violate|)"
         R"(ignorez|ignoriere|ignora|oublie|vergiss)\b)",
         true},
        {R"(\b(?:system|initial|hidden|original|secret|developer|confidential|your)\s+)"
         R"((?:system\s+|initial\s+|secret\s+)?(?:prompt|instructions|message|password|key|rules|configuration)\b)",
         true},
        {R"(\b(?:you are now|act as|pretend to be|pretend you are|enter|enable|switch to)\b)", true},
        {R"((?:<\|im_start\||<\|im_end\||<\|system\||<\|assistant\||<\|user\||)"
         R"(<\|endoftext\||<\|start_header_id\||<\|eot_id\||<start_of_turn>|\[/?INST\]|<</?SYS>>))",
         true},
        {R"(\n(?:### ?)?(?:system|assistant|human) ?(?:prompt|message|instruction)?: )", true},
        {R"(\b(?:if you are an? (?:ai|llm|language model|assistant|chatbot)|)"
         R"((?:ai|llm) (?:assistants?|agents?|models?|systems?) (?:must|should|shall|reading)|)"
         R"((?:note|message|instructions?) (?:to|for) (?:the |any |all )?)"
         R"((?:ai|llm|assistant|language model|chatbot)s?)\b)",
         true}};
  }
  [[nodiscard]] std::string_view name() const override { return "injection"; }
  [[nodiscard]] std::span<const FindingType> types() const override { return types_list; }
  [[nodiscard]] std::span<const Anchor> anchors() const override { return anchors_; }
  [[nodiscard]] bool applies_to(Direction direction) const override { return direction != Direction::Output; }

  std::size_t inspect(std::string_view text, Hit hit, Candidates& found) const override {
    switch (hit.anchor) {
      case 0: look_at_override(text, word_start(text, hit.end), found); break;
      case 1: look_at_extraction(text, hit.end, found); break;
      case 2: look_at_role(text, hit.end, found); break;
      case 3: look_at_template(text, hit.end, found); break;
      case 4: look_at_turn(text, hit.end, found); break;
      default: look_at_address(text, hit.end, found);
    }
    return 0;
  }

  /// From the last sentence's end, where no phrase reaches across; at most a phrase.
  [[nodiscard]] std::size_t open_from(std::string_view text) const override {
    std::size_t start = text.size();
    const std::size_t limit = start > 2 * phrase_bytes_max ? start - 2 * phrase_bytes_max : 0;
    return limit == 0 ? 0 : boundary_after(text, limit);
  }

 private:
  static std::size_t boundary_after(std::string_view text, std::size_t at) {
    while (at < text.size() && is_word_byte(text[at])) ++at;
    return at;
  }
  static std::size_t word_start(std::string_view text, std::size_t end) {
    const std::size_t limit = end > 24 ? end - 24 : 0;
    std::size_t start = end;
    while (start > limit && is_word_byte(text[start - 1])) --start;
    return start;
  }
  static std::size_t template_start(std::string_view text, std::size_t end) {
    std::size_t start = end - 1;
    while (start > 0 && end - start < 24 && text[start] != '<' && text[start] != '[') --start;
    return char_before(text, start) == '<' ? start - 1 : start;
  }

  static void look_at_template(std::string_view text, std::size_t end, Candidates& found) {
    const std::size_t start = template_start(text, end);
    found.push_back({types_list[3].name, start, char_at(text, end) == '>' ? end + 1 : end, 0.8});
  }

  /// verb … scope word … noun: "ignore all previous instructions". A verb and its noun alone are weak.
  static void look_at_override(std::string_view text, std::size_t start, Candidates& found) {
    const Phrase phrase = read_phrase(text, start);
    if (phrase.count < 2 || !is_one_of(phrase.words[0], override_verbs)) return;
    // "--ignore-blank-lines", the command "ignore": names, not orders.
    if (char_before(text, start) == '-' ||
        std::string_view("-\"'`_").find(char_at(text, phrase.ends[0])) != std::string_view::npos)
      return;
    const std::size_t noun = find_word(phrase, 1, 9, scope_nouns);
    if (noun < 9) {
      const std::size_t scope = find_word(phrase, 1, noun, scope_words);
      const bool is_strong = scope < noun;
      found.push_back(
          {is_strong ? types_list[0].name : types_list[5].name, start, phrase.ends[noun], is_strong ? 0.9 : 0.55});
      return;
    }
    const std::array<std::string_view, 4> sweeping{"everything", "anything", "previous", "above"};
    const std::size_t all = find_word(phrase, 1, 4, sweeping);
    if (all < 4) found.push_back({types_list[5].name, start, phrase.ends[all], 0.6});
  }

  /// "print your system prompt", "tell me the secret key": the hidden thing at `end`, the verb up to seven words
  /// before.
  static void look_at_extraction(std::string_view text, std::size_t end, Candidates& found) {
    std::size_t at = end;
    bool is_system = false, is_prompt = false;
    for (int word = 0; word < 9 && end - at < 80; ++word) {
      const std::size_t word_end = at;
      at = word_start(text, word_end);
      const std::string_view here = text.substr(at, word_end - at);
      if (here.empty()) return;
      if (word == 0) is_prompt = is_one_of(here, hidden_nouns);
      if (is_one_of(here, reveal_verbs)) {
        const bool is_strong = is_system && is_prompt;
        found.push_back({is_strong ? types_list[1].name : types_list[5].name, at, end, is_strong ? 0.75 : 0.55});
        return;
      }
      is_system = is_system || (word > 0 && word < 4 && is_one_of(here, hidden_owners));
      while (at > 0 && !is_word_byte(text[at - 1])) {
        const char c = text[at - 1];
        if (c == '.' || c == '!' || c == '?' || c == ';' || end - at > 80) return;
        --at;
      }
    }
  }

  /// "you are now DAN", "enable developer mode"
  static void look_at_role(std::string_view text, std::size_t end, Candidates& found) {
    std::size_t at = end;
    while (char_at(text, at) == ' ') ++at;
    const Phrase phrase = read_phrase(text, at);
    const std::size_t role = find_word(phrase, 0, 4, loose_roles);
    if (role >= 4 || role >= phrase.count) return;
    const bool is_mode = role + 1 < phrase.count && has_at(phrase.words[role + 1], 0, "mode");
    const bool is_proper = has_at(phrase.words[role], 0, "dan") ? phrase.words[role] == "DAN" : true;
    if (!is_proper) return;
    const bool is_common = has_at(phrase.words[role], 0, "developer") || has_at(phrase.words[role], 0, "root") ||
                           has_at(phrase.words[role], 0, "god") || has_at(phrase.words[role], 0, "evil");
    if (is_common && !is_mode) return;
    std::size_t start = word_start(text, end);
    for (const std::string_view opener : {"you are now", "act as", "pretend to be", "pretend you are", "switch to"}) {
      if (end >= opener.size() && has_at(text, end - opener.size(), opener)) start = end - opener.size();
    }
    found.push_back({types_list[2].name, start, phrase.ends[is_mode ? role + 1 : role], 0.75});
  }

  static void look_at_turn(std::string_view text, std::size_t end, Candidates& found) {
    std::size_t start = end - 1;
    while (start > 0 && end - start < 40 && text[start] != '\n') --start;
    found.push_back({types_list[5].name, start + 1, end, 0.5});
  }

  /// Text for the machine that reads a document, followed by what it shall do.
  static void look_at_address(std::string_view text, std::size_t end, Candidates& found) {
    std::size_t start = end;
    while (start > 0 && end - start < 60 && text[start - 1] != '\n' && text[start - 1] != '.') --start;
    while (start < end && !is_word_byte(text[start])) ++start;
    if (start < end) found.push_back({types_list[4].name, start, end, 0.7});
  }

  std::vector<Anchor> anchors_;
};

}  // namespace

std::unique_ptr<Guardrail> make_injection() { return std::make_unique<Injection>(); }

}  // namespace millwright::extensions
