#include "features/retrieval/index_reader.hpp"

#include <algorithm>
#include <cmath>

#include <xapian.h>

#include "features/retrieval/chunk_codec.hpp"
#include "features/retrieval/terms.hpp"

namespace millwright::retrieval {
namespace {

// BM25 as the literature recommends for prose; chunks are of like length, so their lengths matter little.
constexpr double k1 = 1.2;
constexpr double b = 0.75;
constexpr double length_min = 0.25;
constexpr std::size_t terms_max = 40;         // of a question; the rarest are kept
constexpr std::size_t top_max = 200;
constexpr std::size_t candidates_max = 1'000; // looked at for one search
constexpr std::size_t idle_max = 16;          // readers kept open
constexpr std::uint32_t neighbours_max = 12;  // read for the text around a leaf, on each side

using Query = Xapian::Query;

struct Question {
  Query words;
  double best_possible = 0;
};

/// What one occurrence in a chunk of ordinary length weighs, as the library counts it: never negative.
double rarity(double chunks, double holding) {
  const double odds = (chunks - holding + 0.5) / (holding + 0.5);
  return std::log(odds < 2 ? odds * 0.5 + 1 : odds);
}

/// The question's words, the rarest when there are too many, and what a chunk would score in which they all occur
/// often. Words that no chunk holds count too: an answer that misses them is not ideal.
Question make_question(const Xapian::Database& database, std::string_view text) {
  const double chunks = database.get_doccount();
  std::vector<std::pair<double, std::string>> present;
  std::size_t absent = 0;
  for (std::string& term : question_terms(text)) {
    const double holding = database.get_termfreq(term);
    if (holding == 0) ++absent;
    else present.emplace_back(rarity(chunks, holding), std::move(term));
  }
  std::ranges::sort(present, [](const auto& x, const auto& y) { return x.first > y.first; });
  if (present.size() > terms_max) present.resize(terms_max);
  Question question;
  std::vector<Query> terms;
  for (const auto& [weight, term] : present) {
    question.best_possible += weight * (k1 + 1);
    terms.emplace_back(term);
  }
  question.best_possible += static_cast<double>(std::min(absent, terms_max)) * rarity(chunks, 0) * (k1 + 1);
  question.words = Query(Query::OP_OR, terms.begin(), terms.end());
  return question;
}

Query any_of(const Xapian::Database& database, const std::vector<std::string>& terms) {
  std::vector<Query> present;
  for (const std::string& term : terms) {
    if (database.term_exists(term)) present.emplace_back(term);
  }
  return Query(Query::OP_OR, present.begin(), present.end());
}

bool holds_everywhere(const Xapian::Database& database, const std::string& term) {
  return database.get_termfreq(term) == database.get_doccount();
}

Query within_class(const Xapian::Database& database, Query words, policy::DataClass class_max) {
  if (class_max == policy::DataClass::Restricted) return words;
  std::vector<std::string> allowed;
  for (int c = 0; c <= static_cast<int>(class_max); ++c) allowed.push_back(class_term(static_cast<policy::DataClass>(c)));
  if (std::ranges::any_of(allowed, [&](const std::string& term) { return holds_everywhere(database, term); })) {
    return words;
  }
  return Query(Query::OP_FILTER, words, any_of(database, allowed));
}

/// What a reader's principals mean in one index.
struct Permissions {
  bool is_open = false;   // everything may be seen: nothing to filter
  bool allows_all = false;
  Query allow, deny;
};

Permissions permissions_of(const Xapian::Database& database, const Reader& reader) {
  std::vector<std::string> allow, deny;
  for (const std::string& principal : principals_of(reader)) {
    allow.push_back(allow_term(principal));
    deny.push_back(deny_term(principal));
  }
  Permissions permissions{.allow = any_of(database, allow), .deny = any_of(database, deny)};
  permissions.allows_all =
      std::ranges::any_of(allow, [&](const std::string& term) { return holds_everywhere(database, term); });
  permissions.is_open = permissions.allows_all && permissions.deny.empty();
  return permissions;
}

/// Only what the reader may see takes part in the ranking.
Query within(const Permissions& permissions, Query words) {
  if (!permissions.allows_all) words = Query(Query::OP_FILTER, words, permissions.allow);
  return permissions.deny.empty() ? words : Query(Query::OP_AND_NOT, words, permissions.deny);
}

/// The text around a leaf, from its neighbours in the index.
Result<std::string> read_parent(const Xapian::Database& database, Xapian::docid id, const StoredLeaf& stored) {
  const std::uint32_t before = std::min(stored.before, neighbours_max);
  const std::uint32_t after = std::min(stored.after, neighbours_max);
  std::vector<Leaf> leaves;
  for (Xapian::docid at = id - before; at <= id + after; ++at) {
    if (at == id) {
      leaves.push_back(stored.leaf);
      continue;
    }
    auto neighbour = decode_leaf(database.get_document(at, Xapian::DOC_ASSUME_VALID).get_data());
    if (!neighbour) return pass(neighbour);
    leaves.push_back(std::move(neighbour->leaf));
  }
  return parent_around(leaves, before, parent_words_max(stored.words_max));
}

Result<Chunk> read_chunk(const Xapian::Database& database, Xapian::docid id, StoredLeaf stored) {
  auto parent = read_parent(database, id, stored);
  if (!parent) return pass(parent);
  return Chunk{.id = fmt::format("{}#{}", stored.document.text(), stored.ordinal),
               .document = stored.document,
               .document_version = stored.version,
               .title = std::move(stored.title),
               .heading_path = std::move(stored.heading_path),
               .uri = std::move(stored.uri),
               .page = stored.leaf.page,
               .text = std::move(stored.leaf.text),
               .parent_text = std::move(*parent),
               .updated = stored.updated,
               .data_class = stored.data_class};
}

/// One search on one borrowed reader.
class Search {
 public:
  Search(const Xapian::Database& database, const SearchRequest& request, CurrentAccess& access)
      : database_(database), request_(request), access_(access), top_(std::min(request.top, top_max)) {}

  Result<SearchResult> run() {
    if (top_ == 0 || database_.get_doccount() == 0) return std::move(result_);
    const Question question = make_question(database_, request_.text);
    result_.best_possible = question.best_possible;
    if (question.words.empty()) return std::move(result_);
    const Query in_class = within_class(database_, question.words, request_.class_max);
    const Permissions permissions = permissions_of(database_, request_.reader);
    auto seen = collect(within(permissions, in_class));
    if (!seen) return pass(seen);
    if (!permissions.is_open || has_refused_) {
      auto hidden = count_hidden(in_class);
      if (!hidden) return pass(hidden);
    }
    return std::move(result_);
  }

 private:
  Xapian::MSet best(const Query& query, std::size_t first, std::size_t count) const {
    Xapian::Enquire enquire(database_);
    enquire.set_weighting_scheme(Xapian::BM25Weight(k1, 0, 0, b, length_min));
    enquire.set_query(query);
    return enquire.get_mset(static_cast<Xapian::doccount>(first), static_cast<Xapian::doccount>(count));
  }

  /// Takes the best that may still be seen now, looking further down where some may not.
  Result<void> collect(const Query& query) {
    std::size_t first = 0, count = top_;
    while (result_.chunks.size() < top_ && first < candidates_max) {
      const Xapian::MSet found = best(query, first, count);
      for (auto hit = found.begin(); hit != found.end() && result_.chunks.size() < top_; ++hit) {
        auto taken = take(*hit, hit.get_weight());
        if (!taken) return pass(taken);
      }
      if (found.size() < count) break;
      first += count;
      count = std::min(count * 4, candidates_max);
    }
    return {};
  }

  Result<void> take(Xapian::docid id, double score) {
    auto stored = decode_leaf(database_.get_document(id, Xapian::DOC_ASSUME_VALID).get_data());
    if (!stored) return pass(stored);
    auto standing = access_.standing(stored->document);
    if (!standing) return pass(standing);
    if (*standing != Standing::Readable) {
      has_refused_ = true;
      return {};
    }
    auto chunk = read_chunk(database_, id, std::move(*stored));
    if (!chunk) return pass(chunk);
    result_.chunks.push_back({std::move(*chunk), score});
    shown_.push_back(id);
    return {};
  }

  Result<void> count_hidden(const Query& query) {
    const Xapian::MSet found = best(query, 0, top_);
    for (auto hit = found.begin(); hit != found.end(); ++hit) {
      if (std::ranges::find(shown_, *hit) != shown_.end()) continue;
      auto stored = decode_leaf(database_.get_document(*hit, Xapian::DOC_ASSUME_VALID).get_data());
      if (!stored) return pass(stored);
      auto standing = access_.standing(stored->document);
      if (!standing) return pass(standing);
      // Readable now, yet not found: the index still has the narrower permissions of its build.
      if (*standing == Standing::Forbidden || *standing == Standing::Readable) ++result_.hidden_by_acl;
    }
    return {};
  }

  const Xapian::Database& database_;
  const SearchRequest& request_;
  CurrentAccess& access_;
  std::size_t top_;
  SearchResult result_;
  std::vector<Xapian::docid> shown_;
  bool has_refused_ = false;
};

}  // namespace

IndexReader::IndexReader(std::filesystem::path directory) : directory_(std::move(directory)) {}
IndexReader::~IndexReader() = default;

Result<std::shared_ptr<IndexReader>> IndexReader::open(const std::filesystem::path& directory) {
  std::shared_ptr<IndexReader> reader(new IndexReader(directory));
  try {
    reader->give_back(std::make_unique<Xapian::Database>(directory.string()));
  } catch (const Xapian::Error& error) {
    return fail(ErrorCode::Unavailable, "the index cannot be opened: {}", error.get_description());
  }
  return reader;
}

std::unique_ptr<Xapian::Database> IndexReader::borrow() {
  {
    const std::scoped_lock lock(mutex_);
    if (!idle_.empty()) {
      auto database = std::move(idle_.back());
      idle_.pop_back();
      return database;
    }
  }
  return std::make_unique<Xapian::Database>(directory_.string());
}

void IndexReader::give_back(std::unique_ptr<Xapian::Database> database) {
  const std::scoped_lock lock(mutex_);
  if (idle_.size() < idle_max) idle_.push_back(std::move(database));
}

Result<SearchResult> IndexReader::search(const SearchRequest& request, CurrentAccess& access) {
  try {
    auto database = borrow();
    auto result = Search(*database, request, access).run();
    give_back(std::move(database));
    return result;
  } catch (const Xapian::Error& error) {   // the reader is dropped with its open files
    return fail(ErrorCode::Unavailable, "the index cannot be searched: {}", error.get_description());
  }
}

}  // namespace millwright::retrieval
