// Indexes and search: chunks of a dataset version, found under the caller's permissions, cited with their source.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/config/node.hpp"
#include "base/digest.hpp"
#include "base/error.hpp"
#include "base/time.hpp"
#include "features/audit/audit.hpp"
#include "features/curation/curation.hpp"
#include "features/registry/registry.hpp"
#include "features/retrieval/text_pieces.hpp"
#include "store/database.hpp"
#include "store/writer.hpp"

namespace millwright::retrieval {

struct IndexConfig {
  std::string name, dataset;
  std::int64_t chunk_words = 150;            // of a leaf; parents are whole sections
};

/// A leaf: at most chunk_words words, never across a heading, with its place in the document.
struct Chunk {
  std::string id;                            // "<document id>#<ordinal>"
  Id document;
  std::int64_t document_version = 0;
  std::string title, heading_path;           // "Chapter > Section"
  std::string uri;
  std::uint32_t page = 0;
  std::string text;
  std::string parent_text;                   // the section around it, bounded
  Timestamp updated;                         // last change of the document
  policy::DataClass data_class = policy::DataClass::Internal;
};
struct ScoredChunk {
  Chunk chunk;
  double score = 0;                          // BM25
};

/// Who asks: "everyone" is implied.
struct Reader {
  std::string user;
  std::vector<std::string> groups;
};

struct SearchRequest {
  std::string text;
  std::size_t top = 8;
  Reader reader;
  policy::DataClass class_max = policy::DataClass::Restricted;
};
struct SearchResult {
  std::vector<ScoredChunk> chunks;           // best first
  std::int64_t hidden_by_acl = 0;            // would have ranked in `top` but may not be seen; a count, no content
  /// Upper bound of a score: a chunk that holds every word of the question often. Words that occur in no chunk count
  /// too, so that a question about something else scores low against it. What answers a question reaches some 0.3 to
  /// 0.7 of it.
  double best_possible = 0;
};

struct IndexVersion {
  std::string index;
  Digest digest;                             // of dataset version, chunk settings and permissions
  Digest dataset_version;
  Digest artifact;                           // in the registry; none without one
  Timestamp built;
  std::int64_t documents = 0, chunks = 0;
  std::uint64_t bytes = 0;
  bool is_live = false;
  bool is_on_disk = true;
};

[[nodiscard]] config::Section indexes_section();
[[nodiscard]] Result<std::vector<IndexConfig>> parse_indexes(const config::Node& indexes);

/// Cuts a parsed document into chunks.
[[nodiscard]] std::vector<Chunk> chunk_document(const ingestion::Document& document,
                                                const ingestion::ParsedDocument& parsed, std::int64_t words_max);

/// Thread-safe. Building and searching block: use worker threads.
class Retrieval {
 public:
  virtual ~Retrieval() = default;
  virtual void replace_indexes(std::vector<IndexConfig> indexes) = 0;
  [[nodiscard]] virtual std::vector<IndexConfig> indexes() const = 0;
  /// Builds from the newest approved dataset version beside what serves, checks it, then publishes it atomically.
  /// The same dataset version, settings and permissions give the same digest and are not built twice; where that
  /// version exists but another was published by hand, it stays that way. Files of old versions are removed, but those
  /// of the live one and the newest three; their rows stay.
  [[nodiscard]] virtual Result<IndexVersion> build(std::string_view index,
                                                   const std::function<void(std::int64_t, std::int64_t)>& progress) = 0;
  [[nodiscard]] virtual Result<std::vector<IndexVersion>> versions(std::string_view index) const = 0;
  /// Repoints to a version already built; one whose files are missing is built again first.
  [[nodiscard]] virtual Result<IndexVersion> publish(std::string_view index, const Digest& version,
                                                     std::string_view actor) = 0;
  /// The live version of an index; none digest before the first build. Never blocks.
  [[nodiscard]] virtual Digest live(std::string_view index) const = 0;
  /// Searches one version. Permissions are applied before ranking; documents deleted, erased or newly forbidden since
  /// the build are left out at once.
  [[nodiscard]] virtual Result<SearchResult> search(const Digest& version, const SearchRequest& request) = 0;
};

struct RetrievalParts {
  std::filesystem::path directory;           // DATA/indexes
  store::Database* database = nullptr;       // migrated
  store::Writer* writer = nullptr;
  const ingestion::Ingestion* ingestion = nullptr;
  curation::Curation* curation = nullptr;
  registry::Registry* registry = nullptr;    // may be absent
  audit::Audit* audit = nullptr;             // may be absent
  const Clock* clock = nullptr;
};
/// All parts outlive it. Clears what an interrupted build left behind.
[[nodiscard]] Result<std::unique_ptr<Retrieval>> make_retrieval(RetrievalParts parts);

/// The tables of this feature.
[[nodiscard]] std::span<const store::Migration> migrations();

}  // namespace millwright::retrieval
