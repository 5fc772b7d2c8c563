#include "features/retrieval/terms.hpp"

#include <algorithm>
#include <array>

#include <xapian.h>

#include "base/text.hpp"

namespace millwright::retrieval {
namespace {

constexpr std::size_t question_bytes_max = 32u << 10;
constexpr std::size_t principal_bytes_max = 200;   // a term has at most 245 bytes

/// Words that occur everywhere and carry no subject.
constexpr std::array stop_words = std::to_array<std::string_view>({
    "a",     "about", "above", "after",  "again", "all",   "also",  "am",     "an",    "and",    "any",   "are",
    "as",    "at",    "be",    "because", "been",  "before", "being", "below",  "between", "both", "but",   "by",
    "can",   "could", "did",   "do",     "does",  "doing", "down",  "during", "each",  "few",    "for",   "from",
    "further", "had", "has",   "have",   "having", "he",   "her",   "here",   "hers",  "him",    "his",   "how",
    "i",     "if",    "in",    "into",   "is",    "it",    "its",   "just",   "me",    "more",   "most",  "my",
    "no",    "nor",   "not",   "now",    "of",    "off",   "on",    "once",   "only",  "or",     "other", "our",
    "ours",  "out",   "over",  "own",    "please", "same", "she",   "should", "so",    "some",   "such",  "than",
    "that",  "the",   "their", "theirs", "them",  "then",  "there", "these",  "they",  "this",   "those", "through",
    "to",    "too",   "under", "until",  "up",    "us",    "very",  "was",    "we",    "were",   "what",  "when",
    "where", "which", "while", "who",    "whom",  "why",   "will",  "with",   "would", "you",    "your",  "yours"});

Xapian::TermGenerator make_generator(Xapian::Document& document) {
  Xapian::TermGenerator generator;
  generator.set_stemmer(Xapian::Stem("english"));
  generator.set_stemming_strategy(Xapian::TermGenerator::STEM_ALL);
  generator.set_flags(Xapian::TermGenerator::FLAG_CJK_NGRAM);
  generator.set_document(document);
  return generator;
}

std::string principal_term(std::string_view prefix, std::string_view principal) {
  std::string term(prefix);
  if (principal.size() <= principal_bytes_max) return term.append(principal);
  return term.append("#").append(sha256(principal).text());
}

std::vector<std::string> terms_of(std::string_view text, const Xapian::Stopper* stopper) {
  Xapian::Document document;
  Xapian::TermGenerator generator = make_generator(document);
  if (stopper != nullptr) {
    generator.set_stopper(stopper);
    generator.set_stopper_strategy(Xapian::TermGenerator::STOP_ALL);
  }
  generator.index_text_without_positions(std::string(text));
  std::vector<std::string> terms;
  for (auto term = document.termlist_begin(); term != document.termlist_end(); ++term) terms.push_back(*term);
  return terms;
}

}  // namespace

void add_words(Xapian::Document& document, std::string_view title, std::string_view heading_path,
               std::string_view text) {
  Xapian::TermGenerator generator = make_generator(document);
  generator.index_text_without_positions(std::string(title));
  generator.index_text_without_positions(std::string(heading_path));
  generator.index_text_without_positions(std::string(text));
}

std::vector<std::string> question_terms(std::string_view question) {
  const std::string_view bounded = utf8_prefix(question, question_bytes_max);
  Xapian::SimpleStopper stopper;
  for (std::string_view word : stop_words) stopper.add(std::string(word));
  std::vector<std::string> terms = terms_of(bounded, &stopper);
  return terms.empty() ? terms_of(bounded, nullptr) : terms;
}

std::string allow_term(std::string_view principal) { return principal_term(allow_prefix, principal); }
std::string deny_term(std::string_view principal) { return principal_term(deny_prefix, principal); }
std::string class_term(policy::DataClass data_class) { return fmt::format("{}{}", class_prefix, policy::class_name(data_class)); }

std::vector<std::string> principals_of(const Reader& reader) {
  std::vector<std::string> principals{"everyone"};
  if (!reader.user.empty()) principals.push_back("user:" + reader.user);
  for (const std::string& group : reader.groups) {
    if (!group.empty()) principals.push_back("group:" + group);
  }
  std::ranges::sort(principals);
  principals.erase(std::ranges::unique(principals).begin(), principals.end());
  return principals;
}

}  // namespace millwright::retrieval
