// Milliseconds a search at 300,000 chunks under permissions, beside SQLite FTS5 on the same texts in the same run.
//
//   bench_retrieve [CHUNKS [DIRECTORY]]
//
// With a DIRECTORY, what was built stays there and the next run searches it without building it again; remove it when
// the way chunks are written has changed.
//
// Texts mix sentences of the Debian handbooks (where ./run has fetched them) with words of a Zipf distribution; three
// documents in ten are restricted to one of twenty groups, and every document shown is looked up in SQLite. With
// MILLWRIGHT_DATA naming a folder of labelled data, chunking recall and nDCG@10 are measured as well.
#include <sqlite3.h>

#include <chrono>
#include <cmath>
#include <cstdlib>
#include <optional>
#include <random>
#include <stdexcept>

#include "bench/retrieve_quality.hpp"
#include "extensions/parsers/all.hpp"
#include "store/database.hpp"
#include "tests/support/temp_directory.hpp"

namespace {

using namespace millwright;
using Steady = std::chrono::steady_clock;
namespace fs = std::filesystem;

constexpr std::size_t chunks_a_document = 10;
constexpr std::size_t words_a_chunk = 100;
constexpr std::size_t top = 8;
constexpr int groups = 20;
constexpr std::size_t questions_max = 2'200;
constexpr double p99_ms_bar = 5;

constexpr store::Statement make_table{"make", "CREATE TABLE documents (id TEXT PRIMARY KEY, allow TEXT NOT NULL)", ""};
constexpr store::Statement put_row{"put", "INSERT INTO documents VALUES (:id, :allow)", ""};
constexpr store::Statement find_row{"find", "SELECT allow FROM documents WHERE id = :id", ""};

/// The look-up of a document's permissions as the product does it: one row by its key.
class StoredDocuments final : public fakes::Documents {
 public:
  explicit StoredDocuments(store::Database& database) : database_(database) {}
  Result<ingestion::Document> load(Id id) const override {
    auto rows = database_.select(find_row, {id.text()});
    if (!rows) return pass(rows);
    if (rows->empty()) return fail(ErrorCode::NotFound, "no such document");
    ingestion::Document document;
    document.id = id;
    document.acl.allow = {rows->front().text(0)};
    document.uses = {"retrieval"};
    return document;
  }

 private:
  store::Database& database_;
};

/// Real sentences where they are at hand; none otherwise.
std::vector<std::string> load_sentences() {
  std::vector<std::string> sentences;
  const fs::path corpus = ".millwright/corpus";
  std::error_code missing;
  const auto parsers = extensions::make_parsers();
  for (const auto& entry : fs::recursive_directory_iterator(corpus, missing)) {
    if (entry.path().extension() != ".html" || !entry.is_regular_file()) continue;
    const auto parsed = ingestion::parse_document(parsers, entry.path().string(), bench::read_file(entry.path()), {});
    if (!parsed) continue;
    for (const auto& block : parsed->blocks) {
      for (const std::string_view sentence : retrieval::split_sentences(block.text)) {
        if (retrieval::count_words(sentence) >= 4) sentences.emplace_back(sentence);
      }
    }
  }
  return sentences;
}

/// Texts of the benchmark: the same seed, the same texts.
class TextSource {
 public:
  explicit TextSource(std::vector<std::string> sentences) : sentences_(std::move(sentences)) {
    double sum = 0;
    for (int rank = 1; rank <= 60'000; ++rank) cumulative_.push_back(sum += 1 / std::pow(rank, 1.05));
  }
  bool has_sentences() const { return !sentences_.empty(); }
  std::string chunk() {
    std::string text;
    std::size_t words = 0;
    while (words < words_a_chunk) {
      const std::string part = has_sentences() && random_() % 10 < 6 ? sentences_[random_() % sentences_.size()] : invented(12);
      words += retrieval::count_words(part);
      text += part + " ";
    }
    return text;
  }
  /// Some words of a text, asked the way people ask.
  std::string question() {
    static constexpr std::array openings{"How do I", "What is the", "Where can I find", "Why does the", "Can you explain"};
    std::istringstream text(has_sentences() ? sentences_[random_() % sentences_.size()] : invented(12));
    std::vector<std::string> words{std::istream_iterator<std::string>(text), {}};
    std::ranges::shuffle(words, random_);
    words.resize(std::min<std::size_t>(words.size(), 3 + random_() % 5));
    return fmt::format("{} {}?", openings[random_() % openings.size()], fmt::join(words, " "));
  }
  std::uint64_t number() { return random_(); }

 private:
  std::string invented(int count) {
    std::string text;
    std::uniform_real_distribution<double> any(0, cumulative_.back());
    for (int i = 0; i < count; ++i) {
      const auto rank = std::ranges::lower_bound(cumulative_, any(random_)) - cumulative_.begin();
      text += fmt::format("w{:x} ", rank * 7919 % 60'013);
    }
    return text + ".";
  }
  std::vector<std::string> sentences_;
  std::vector<double> cumulative_;
  std::mt19937_64 random_{20'261'123};
};

std::vector<std::string> all_groups() {
  std::vector<std::string> names;
  for (int i = 0; i < groups; ++i) names.push_back(fmt::format("g{}", i));
  return names;
}

void check(bool is_good, const std::string& what) {
  if (!is_good) throw std::runtime_error(what);
}

/// The rival: one FTS5 table with Porter stemming, best by bm25.
class FullTextTable {
 public:
  explicit FullTextTable(const fs::path& file) {
    check(sqlite3_open(file.c_str(), &database_) == SQLITE_OK, "sqlite3_open");
    run("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -262144");
    run("CREATE VIRTUAL TABLE IF NOT EXISTS chunks USING fts5(text, tokenize = 'porter unicode61')");
    run("BEGIN");
    const char* insert = "INSERT INTO chunks VALUES (?)";
    const char* search = "SELECT rowid, text FROM chunks WHERE chunks MATCH ? ORDER BY rank LIMIT 8";
    check(sqlite3_prepare_v2(database_, insert, -1, &insert_, nullptr) == SQLITE_OK, "prepare");
    check(sqlite3_prepare_v2(database_, search, -1, &search_, nullptr) == SQLITE_OK, "prepare");
  }
  ~FullTextTable() {
    sqlite3_finalize(insert_);
    sqlite3_finalize(search_);
    sqlite3_close(database_);
  }
  void add(const std::string& text) {
    sqlite3_bind_text(insert_, 1, text.data(), static_cast<int>(text.size()), SQLITE_TRANSIENT);
    check(sqlite3_step(insert_) == SQLITE_DONE, "insert");
    sqlite3_reset(insert_);
  }
  void finish() { run("COMMIT; INSERT INTO chunks(chunks) VALUES ('optimize')"); }
  std::size_t search(const std::vector<std::string>& words) {
    std::string query;
    for (const std::string& word : words) query += fmt::format("{}\"{}\"", query.empty() ? "" : " OR ", word);
    sqlite3_bind_text(search_, 1, query.data(), static_cast<int>(query.size()), SQLITE_TRANSIENT);
    std::size_t found = 0;
    while (sqlite3_step(search_) == SQLITE_ROW) ++found;
    sqlite3_reset(search_);
    return found;
  }

 private:
  void run(const char* sql) { check(sqlite3_exec(database_, sql, nullptr, nullptr, nullptr) == SQLITE_OK, sql); }
  sqlite3* database_ = nullptr;
  sqlite3_stmt* insert_ = nullptr;
  sqlite3_stmt* search_ = nullptr;
};

struct Percentiles {
  double p50 = 0, p99 = 0, mean = 0;
};
template <class Run>
Percentiles measure(const std::vector<std::string>& questions, std::size_t warm_up, Run run) {
  std::vector<double> ms;
  for (std::size_t i = 0; i < questions.size(); ++i) {
    const auto start = Steady::now();
    run(questions[i]);
    if (i >= warm_up) ms.push_back(std::chrono::duration<double, std::milli>(Steady::now() - start).count());
  }
  std::ranges::sort(ms);
  double sum = 0;
  for (const double one : ms) sum += one;
  return {ms[ms.size() / 2], ms[ms.size() * 99 / 100], sum / static_cast<double>(ms.size())};
}

std::string line(std::string_view name, std::int64_t chunks, const Percentiles& p) {
  return fmt::format(R"({{"benchmark":"retrieve","case":"{}","chunks":{},"p50_ms":{:.3f},"p99_ms":{:.3f},"mean_ms":{:.3f})",
                     name, chunks, p.p50, p.p99, p.mean);
}


/// What is searched, and what it took to make it.
struct Built {
  std::size_t chunks_asked = 0;
  std::int64_t chunks = 0;
  std::uint64_t bytes = 0, rival_bytes = 0;
  double seconds = 0, rival_seconds = 0;
  std::vector<std::string> questions;
};

double seconds_since(Steady::time_point start) { return std::chrono::duration<double>(Steady::now() - start).count(); }

ingestion::Document make_document(std::size_t number, TextSource& texts) {
  ingestion::Document document;
  document.id = Id::generate();
  document.title = fmt::format("Handbook part {}", number);
  document.uri = fmt::format("file:///docs/{}.html", number);
  document.acl.allow = {texts.number() % 10 < 7 ? "everyone" : fmt::format("group:g{}", texts.number() % groups)};
  document.uses = {"retrieval"};
  return document;
}

/// Both engines hold the same texts; ours also titles, permissions and places.
Built fill(std::size_t chunks, const fs::path& directory) {
  TextSource texts(load_sentences());
  std::cerr << (texts.has_sentences() ? "texts: handbook sentences and Zipf words\n" : "texts: Zipf words only\n");
  auto database = std::move(*store::Database::open({.url = "sqlite:" + (directory / "documents.db").string()}));
  auto session = std::move(*database->connect());
  check(session->execute(make_table).has_value(), "table");
  auto writer = std::move(*retrieval::IndexWriter::create(directory / "build", 400));
  FullTextTable rival(directory / "fts5.db");
  Built built;
  std::vector<store::Values> rows;
  for (std::size_t made = 0; made < chunks; made += chunks_a_document) {
    const ingestion::Document document = make_document(made / chunks_a_document, texts);
    ingestion::ParsedDocument parsed;
    for (std::size_t i = 0; i < chunks_a_document; ++i) {
      parsed.blocks.push_back({.kind = ingestion::BlockKind::Heading, .level = 2, .text = fmt::format("Section {}", i)});
      parsed.blocks.push_back({.kind = ingestion::BlockKind::Code, .text = texts.chunk()});   // one block, one leaf
    }
    auto start = Steady::now();
    for (std::size_t i = 1; i < parsed.blocks.size(); i += 2) rival.add(parsed.blocks[i].text);
    built.rival_seconds += seconds_since(start);
    start = Steady::now();
    check(writer->add(document, parsed).has_value(), "add");
    built.seconds += seconds_since(start);
    rows.push_back({document.id.text(), document.acl.allow[0]});
  }
  check(session->execute_many(put_row, rows).has_value(), "rows");
  auto start = Steady::now();
  const auto size = writer->publish(directory / "index");
  check(size.has_value(), "publish");
  built.seconds += seconds_since(start);
  start = Steady::now();
  rival.finish();
  built.rival_seconds += seconds_since(start);
  built.chunks_asked = chunks;
  built.chunks = size->chunks;
  built.bytes = size->bytes;
  built.rival_bytes = fs::file_size(directory / "fts5.db");
  for (std::size_t i = 0; i < questions_max; ++i) built.questions.push_back(texts.question());
  return built;
}

void save(const Built& built, const fs::path& file) {
  std::ofstream out(file);
  out << fmt::format("{} {} {} {} {} {}\n", built.chunks_asked, built.chunks, built.bytes, built.rival_bytes, built.seconds,
                     built.rival_seconds);
  for (const std::string& question : built.questions) out << question << "\n";
}

std::optional<Built> find_built(std::size_t chunks, const fs::path& file) {
  std::ifstream in(file);
  Built built;
  in >> built.chunks_asked >> built.chunks >> built.bytes >> built.rival_bytes >> built.seconds >> built.rival_seconds >> std::ws;
  for (std::string question; std::getline(in, question);) built.questions.push_back(question);
  if (built.chunks_asked != chunks || built.questions.size() != questions_max) return std::nullopt;
  return built;
}

void measure_speed(std::size_t chunks, const fs::path& directory) {
  auto built = find_built(chunks, directory / "built");
  if (!built) {
    built = fill(chunks, directory);
    save(*built, directory / "built");
  }
  const auto database = std::move(*store::Database::open({.url = "sqlite:" + (directory / "documents.db").string()}));
  const auto start = Steady::now();
  const auto reader = std::move(*retrieval::IndexReader::open(directory / "index"));
  const double open_ms = seconds_since(start) * 1e3;
  const StoredDocuments documents(*database);
  const auto ours = measure(built->questions, 200, [&](const std::string& question) {
    const retrieval::SearchRequest request{.text = question, .top = top, .reader = {"ana", {"g1", "g2", "g3"}}};
    retrieval::CurrentAccess access(documents, request);
    check(reader->search(request, access).has_value(), "search");
  });
  const auto open_to_all = measure(built->questions, 200, [&](const std::string& question) {
    const retrieval::SearchRequest request{.text = question, .top = top, .reader = {"ana", all_groups()}};
    retrieval::CurrentAccess access(documents, request);
    check(reader->search(request, access).has_value(), "search");
  });
  std::cout << line("search_with_permissions", built->chunks, ours)
            << fmt::format(R"(,"bar_p99_ms":{:.1f},"met":{},"index_mib":{},"build_s":{:.1f},"open_ms":{:.1f}}})",
                           p99_ms_bar, ours.p99 < p99_ms_bar, built->bytes >> 20, built->seconds, open_ms)
            << std::endl;
  std::cout << line("search_as_member_of_all_groups", built->chunks, open_to_all) << "}" << std::endl;
  FullTextTable rival(directory / "fts5.db");
  std::vector<std::string> questions = built->questions;
  questions.resize(120);
  const auto theirs = measure(questions, 20, [&](const std::string& question) {
    rival.search(retrieval::question_terms(question));
  });
  std::cout << line("sqlite_fts5_without_permissions", built->chunks, theirs)
            << fmt::format(R"(,"p50_ratio":{:.1f},"p99_ratio":{:.1f},"index_mib":{},"build_s":{:.1f}}})", theirs.p50 / ours.p50,
                           theirs.p99 / ours.p99, built->rival_bytes >> 20, built->rival_seconds)
            << std::endl;
}

}  // namespace

int main(int count, char** arguments) {
  try {
    const test::TempDirectory scratch;
    if (const char* data = std::getenv("MILLWRIGHT_DATA"); data != nullptr) {
      const fs::path folder = data;
      for (const std::int64_t words : {75, 150, 300}) bench::measure_chunking(folder / "chunking", scratch.path(), words);
      bench::measure_ranking(folder / "retrieval" / "mtrag_un_reference.jsonl", scratch.path());
    }
    const fs::path directory = count > 2 ? fs::path(arguments[2]) : scratch.path() / "speed";
    fs::create_directories(directory);
    measure_speed(count > 1 ? std::strtoul(arguments[1], nullptr, 10) : 300'000, directory);
    return 0;
  } catch (const std::exception& error) {
    std::cerr << "bench_retrieve: " << error.what() << "\n";
    return 1;
  }
}
