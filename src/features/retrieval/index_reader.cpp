#include "features/retrieval/index_reader.hpp"

#include <algorithm>
#include <cmath>
#include <deque>

#include <xapian.h>

#include "features/retrieval/chunk_codec.hpp"
#include "features/retrieval/chunk_table.hpp"
#include "features/retrieval/frequent_words.hpp"
#include "features/retrieval/ranking.hpp"
#include "features/retrieval/terms.hpp"
#include "features/retrieval/text_pieces.hpp"

namespace millwright::retrieval {
namespace {

constexpr std::size_t terms_max = 40;         // of a question; the rarest are kept
constexpr std::size_t top_max = 200;
constexpr std::size_t candidates_max = 1'000; // looked at for one search
constexpr std::size_t idle_max = 16;          // readers kept open
constexpr std::uint32_t neighbours_max = 12;  // read for the text around a leaf, on each side

struct Question {
  std::vector<WeightedWord> words;
  std::deque<PostingList> rare;   // what words refer to that are not among the frequent ones
  double best_possible = 0;
};

/// What one occurrence in a chunk of ordinary length weighs, as the library counts it: never negative.
double rarity(double chunks, double holding) {
  const double odds = (chunks - holding + 0.5) / (holding + 0.5);
  return std::log(odds < 2 ? odds * 0.5 + 1 : odds);
}

/// The question's words, the rarest when there are too many, and what a chunk would score in which they all occur
/// often. Words that no chunk holds count too: an answer that misses them is not ideal.
Result<Question> make_question(const Xapian::Database& database, const ChunkTable& table, const FrequentWords& frequent,
                               std::string_view text) {
  struct Present {
    double weight;
    std::size_t holding;
    std::string term;
  };
  const double chunks = database.get_doccount();
  std::vector<Present> present;
  std::size_t absent = 0;
  for (std::string& term : question_terms(text)) {
    const std::size_t holding = database.get_termfreq(term);
    if (holding == 0) ++absent;
    else present.push_back({rarity(chunks, static_cast<double>(holding)), holding, std::move(term)});
  }
  std::ranges::stable_sort(present, std::greater{}, &Present::weight);
  if (present.size() > terms_max) present.resize(terms_max);
  Question question;
  for (const auto& [weight, holding, term] : present) {
    question.best_possible += weight * (bm25_k1 + 1);
    auto postings = frequent.find(term, holding, table.size());
    if (!postings) return pass(postings);
    if (!*postings) *postings = question.rare.emplace_back(read_postings(database, term, table.dampings())).view();
    question.words.push_back({.weight = weight, .postings = **postings});
  }
  question.best_possible += static_cast<double>(std::min(absent, terms_max)) * rarity(chunks, 0) * (bm25_k1 + 1);
  return question;
}

Result<StoredLeaf> read_leaf(const Xapian::Database& database, Xapian::docid id) {
  return decode_leaf(database.get_document(id, Xapian::DOC_ASSUME_VALID).get_data());
}

/// At most `count` leaves from `id` on in steps of `step`, no further than the first that would not fit.
Result<std::vector<Leaf>> read_side(const Xapian::Database& database, Xapian::docid id, int step, std::uint32_t count,
                                    std::size_t words_left) {
  std::vector<Leaf> leaves;
  for (std::uint32_t i = 0; i < count; ++i, id = static_cast<Xapian::docid>(static_cast<int>(id) + step)) {
    auto stored = read_leaf(database, id);
    if (!stored) return pass(stored);
    const std::size_t words = count_words(stored->leaf.text);
    if (words > words_left) break;
    words_left -= words;
    leaves.push_back(std::move(stored->leaf));
  }
  return leaves;
}

/// The text around a leaf, from its neighbours in the index.
Result<std::string> read_parent(const Xapian::Database& database, Xapian::docid id, const StoredLeaf& stored) {
  const std::size_t words_max = parent_words_max(stored.words_max), own = count_words(stored.leaf.text);
  const std::size_t words_left = own < words_max ? words_max - own : 0;
  auto leaves = read_side(database, id - 1, -1, std::min(stored.before, neighbours_max), words_left);
  if (!leaves) return pass(leaves);
  auto after = read_side(database, id + 1, 1, std::min(stored.after, neighbours_max), words_left);
  if (!after) return pass(after);
  std::ranges::reverse(*leaves);
  const std::size_t before = leaves->size();
  leaves->push_back(stored.leaf);
  std::ranges::move(*after, std::back_inserter(*leaves));
  return parent_around(*leaves, before, words_max);
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
  Search(const Xapian::Database& database, const ChunkTable& table, const SearchRequest& request, CurrentAccess& access)
      : database_(database), table_(table), request_(request), access_(access), top_(std::min(request.top, top_max)) {}

  Result<SearchResult> run(const FrequentWords& frequent) {
    if (top_ == 0 || database_.get_doccount() == 0) return std::move(result_);
    auto question = make_question(database_, table_, frequent, request_.text);
    if (!question) return pass(question);
    result_.best_possible = question->best_possible;
    if (question->words.empty()) return std::move(result_);
    auto collected = collect(question->words);
    if (!collected) return pass(collected);
    return std::move(result_);
  }

 private:
  /// Takes the best that may still be seen now, looking further down where some may not.
  Result<void> collect(std::span<const WeightedWord> words) {
    const std::vector<Sight> sights = table_.sights(request_.reader, request_.class_max);
    std::vector<Hit> best_in_class;
    for (std::size_t first = 0, last = top_; result_.chunks.size() < top_ && first < candidates_max;) {
      Ranking ranking = rank(words, table_, sights, last);
      if (first == 0) best_in_class = std::move(ranking.in_class);
      for (std::size_t i = first; i < ranking.visible.size() && result_.chunks.size() < top_; ++i) {
        auto taken = take(ranking.visible[i]);
        if (!taken) return pass(taken);
      }
      if (ranking.visible.size() < last) break;
      first = last;
      last = std::min(last * 5, candidates_max);
    }
    return count_hidden(best_in_class);
  }

  Result<void> take(const Hit& hit) {
    const Xapian::docid id = hit.chunk + 1;
    auto stored = read_leaf(database_, id);
    if (!stored) return pass(stored);
    auto standing = access_.standing(stored->document);
    if (!standing) return pass(standing);
    if (*standing != Standing::Readable) return {};
    auto chunk = read_chunk(database_, id, std::move(*stored));
    if (!chunk) return pass(chunk);
    result_.chunks.push_back({std::move(*chunk), hit.score});
    shown_.push_back(hit.chunk);
    return {};
  }

  Result<void> count_hidden(std::span<const Hit> hits) {
    for (const Hit& hit : hits) {
      if (std::ranges::find(shown_, hit.chunk) != shown_.end()) continue;
      auto stored = read_leaf(database_, hit.chunk + 1);
      if (!stored) return pass(stored);
      auto standing = access_.standing(stored->document);
      if (!standing) return pass(standing);
      // Readable now, yet not found: the index still has the narrower permissions of its build.
      if (*standing == Standing::Forbidden || *standing == Standing::Readable) ++result_.hidden_by_acl;
    }
    return {};
  }

  const Xapian::Database& database_;
  const ChunkTable& table_;
  const SearchRequest& request_;
  CurrentAccess& access_;
  std::size_t top_;
  SearchResult result_;
  std::vector<std::uint32_t> shown_;
};

}  // namespace

struct IndexReader::Shared {
  ChunkTable table;
  FrequentWords frequent;
};

IndexReader::IndexReader(std::filesystem::path directory) : directory_(std::move(directory)) {}
IndexReader::~IndexReader() = default;

Result<std::shared_ptr<IndexReader>> IndexReader::open(const std::filesystem::path& directory) {
  std::shared_ptr<IndexReader> reader(new IndexReader(directory));
  try {
    auto frequent = FrequentWords::open(directory / frequent_words_file);
    if (!frequent) return pass(frequent);
    auto database = std::make_unique<Xapian::Database>(directory.string());
    reader->shared_ = std::make_unique<const Shared>(ChunkTable::load(*database), std::move(*frequent));
    reader->give_back(std::move(database));
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
    auto result = Search(*database, shared_->table, request, access).run(shared_->frequent);
    give_back(std::move(database));
    return result;
  } catch (const Xapian::Error& error) {   // the reader is dropped with its open files
    return fail(ErrorCode::Unavailable, "the index cannot be searched: {}", error.get_description());
  }
}

}  // namespace millwright::retrieval
