#include "features/retrieval/index_writer.hpp"

#include <xapian.h>

#include "features/retrieval/chunk_codec.hpp"
#include "features/retrieval/chunk_table.hpp"
#include "features/retrieval/chunker.hpp"
#include "features/retrieval/frequent_words.hpp"
#include "features/retrieval/terms.hpp"

namespace millwright::retrieval {

namespace fs = std::filesystem;

struct IndexWriter::State {
  fs::path directory;
  std::int64_t words_max = 150;
  Xapian::WritableDatabase database;
  IndexSize size;
};

namespace {

constexpr std::int64_t chunks_a_commit = 20'000;   // bounds memory while building

/// Runs what calls Xapian; its exceptions end here.
Result<void> guarded(const std::function<Result<void>()>& body) {
  try {
    return body();
  } catch (const Xapian::Error& error) {
    return fail(ErrorCode::Unavailable, "the index cannot be written: {}", error.get_description());
  } catch (const fs::filesystem_error& error) {
    return fail(ErrorCode::Unavailable, "the index cannot be written: {}", error.code().message());
  }
}

Xapian::Document make_entry(const ingestion::Document& document, const StoredLeaf& stored) {
  Xapian::Document entry;
  add_words(entry, stored.title, stored.heading_path, stored.leaf.text);
  for (const std::string& principal : document.acl.allow) entry.add_boolean_term(allow_term(principal));
  for (const std::string& principal : document.acl.deny) entry.add_boolean_term(deny_term(principal));
  entry.add_boolean_term(class_term(document.data_class));
  entry.set_data(encode(stored));
  return entry;
}

Result<void> write_frequent_words_of(const fs::path& directory) {
  const Xapian::Database database(directory.string());
  return write_frequent_words(database, ChunkTable::load(database).dampings(), directory / frequent_words_file);
}

/// The compacted index must hold every chunk, and find its first one by that chunk's own words.
Result<void> check(const fs::path& directory, const IndexSize& expected) {
  const Xapian::Database database(directory.string());
  if (static_cast<std::int64_t>(database.get_doccount()) != expected.chunks) {
    return fail(ErrorCode::Corrupt, "the index holds {} chunks instead of {}", database.get_doccount(), expected.chunks);
  }
  if (expected.chunks == 0) return {};
  for (const Xapian::docid id : {Xapian::docid(1), database.get_lastdocid()}) {
    auto stored = decode_leaf(database.get_document(id).get_data());
    if (!stored) return pass(stored);
    const std::vector<std::string> terms = question_terms(stored->title + " " + stored->leaf.text);
    if (terms.empty()) continue;
    Xapian::Enquire enquire(database);
    enquire.set_query(Xapian::Query(Xapian::Query::OP_OR, terms.begin(), terms.end()));
    if (enquire.get_mset(0, 1).empty()) return fail(ErrorCode::Corrupt, "the index does not find its own chunk {}", id);
  }
  return {};
}

}  // namespace

IndexWriter::IndexWriter(std::unique_ptr<State> state) : state_(std::move(state)) {}

IndexWriter::~IndexWriter() {
  state_->database.close();
  std::error_code ignored;
  fs::remove_all(state_->directory, ignored);
}

Result<std::unique_ptr<IndexWriter>> IndexWriter::create(fs::path directory, std::int64_t words_max) {
  auto state = std::make_unique<State>();
  state->directory = std::move(directory);
  state->words_max = words_max;
  auto opened = guarded([&]() -> Result<void> {
    fs::create_directories(state->directory);
    const fs::path raw = state->directory / "raw";
    // Nobody reads this database before it is complete, and an interrupted build is thrown away: no syncing needed.
    // Nothing asks which words a chunk holds.
    const int flags = Xapian::DB_CREATE | Xapian::DB_NO_SYNC | Xapian::DB_DANGEROUS | Xapian::DB_BACKEND_GLASS |
                      Xapian::DB_NO_TERMLIST;
    state->database = Xapian::WritableDatabase(raw.string(), flags);
    return {};
  });
  if (!opened) return pass(opened);
  return std::unique_ptr<IndexWriter>(new IndexWriter(std::move(state)));
}

Result<void> IndexWriter::add(const ingestion::Document& document, const ingestion::ParsedDocument& parsed) {
  return guarded([&]() -> Result<void> {
    StoredLeaf stored{.document = document.id, .version = document.version, .words_max = state_->words_max,
                      .title = title_of(document, parsed), .uri = document.uri, .updated = document.modified,
                      .data_class = document.data_class};
    for (Section& section : cut_sections(parsed, state_->words_max)) {
      stored.heading_path = section.heading_path;
      for (std::size_t i = 0; i < section.leaves.size(); ++i) {
        stored.before = static_cast<std::uint32_t>(i);
        stored.after = static_cast<std::uint32_t>(section.leaves.size() - i - 1);
        stored.leaf = std::move(section.leaves[i]);
        state_->database.add_document(make_entry(document, stored));
        ++stored.ordinal;
        if (++state_->size.chunks % chunks_a_commit == 0) state_->database.commit();
      }
    }
    ++state_->size.documents;
    return {};
  });
}

Result<IndexSize> IndexWriter::publish(const fs::path& target) {
  auto done = guarded([&]() -> Result<void> {
    state_->database.commit();
    const fs::path compact = state_->directory / "compact";
    state_->database.compact(compact.string(), Xapian::DBCOMPACT_NO_RENUMBER | Xapian::Compactor::FULL);
    auto written = write_frequent_words_of(compact);
    if (!written) return pass(written);
    auto checked = check(compact, state_->size);
    if (!checked) return pass(checked);
    state_->size.bytes = bytes_below(compact);
    fs::create_directories(target.parent_path());
    fs::remove_all(target);   // what stands there failed its check before
    fs::rename(compact, target);
    return {};
  });
  if (!done) return pass(done);
  return state_->size;
}

std::uint64_t bytes_below(const fs::path& directory) {
  std::uint64_t bytes = 0;
  std::error_code error;
  for (const auto& entry : fs::recursive_directory_iterator(directory, error)) {
    if (entry.is_regular_file(error)) bytes += entry.file_size(error);
  }
  return bytes;
}

}  // namespace millwright::retrieval
