// From source to landed, checked, parsed document: every item of every sync is accounted for.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/digest.hpp"
#include "base/error.hpp"
#include "base/id.hpp"
#include "base/time.hpp"
#include "features/ingestion/config.hpp"
#include "features/ingestion/connector.hpp"
#include "features/ingestion/parser.hpp"
#include "features/ingestion/runner.hpp"
#include "features/policy/policy.hpp"

namespace millwright::store {
class Database;
class Writer;
class BlobStore;
class Session;
struct Migration;
}  // namespace millwright::store
namespace millwright::audit {
class Audit;
}

namespace millwright::ingestion {

/// Where an item of a sync ended up.
enum class Verdict : std::uint8_t { Indexed, Unchanged, Duplicate, Stale, Quarantined, Rejected, Deleted };
[[nodiscard]] std::string_view verdict_name(Verdict verdict);
[[nodiscard]] std::optional<Verdict> find_verdict(std::string_view name);

/// A document as landed: one row a version, the newest is current.
struct Document {
  Id id;
  std::string source, path, uri;
  std::int64_t version = 1;
  Digest raw;                       // of the landed bytes, in the blob store
  Digest parsed;                    // of the encoded ParsedDocument, none until parsed
  Digest text;                      // of the normalised text, for exact duplicates
  std::uint64_t bytes = 0;
  std::string title, language, parser;
  Timestamp modified;               // the date the document states for itself, else that of the source
  Timestamp landed;
  Acl acl;
  policy::DataClass data_class = policy::DataClass::Internal;
  std::vector<std::string> tags;    // "pii.email", "secret", "injection", …
  std::vector<std::string> uses;    // "retrieval", "fine_tuning"
  Verdict verdict = Verdict::Indexed;
  std::string reason;               // rule and evidence when not Indexed
  std::string superseded_by;        // id of the document this one is a duplicate or stale copy of
};

/// The intake report of one sync.
struct SyncReport {
  Id id;
  std::string source;
  Timestamp started, finished;
  std::int64_t listed = 0;
  std::map<std::string, std::int64_t> counts;   // by verdict name; their sum is `listed` + deleted
  std::string error;                            // why the sync failed as a whole, or empty: nothing was deleted then
};
struct IntakeLine {
  std::string path;
  Id document;                      // none when rejected before landing
  Verdict verdict = Verdict::Indexed;
  std::string reason;
};

struct SyncProgress {
  std::string source, path;
  std::int64_t done = 0, total = 0;
  std::uint64_t bytes = 0;
};

struct DocumentQuery {
  std::string source, verdict, tag, text;   // empty: any
  std::string cursor;
  std::size_t limit = 50;
};

/// A verdict that curation changes on another document: an older copy becomes stale when a newer one arrives.
struct Revision {
  Id document;
  Verdict verdict = Verdict::Stale;
  std::string reason;
  std::string superseded_by;
};
struct CurationOutcome {
  std::vector<Revision> revisions;
  std::function<Result<void>(store::Session&)> save;   // runs in the transaction that writes the document; may be empty
};
/// Called for each parsed document before its verdict is final: curation adds class, tags, duplicates, staleness.
using Curate = std::function<Result<CurationOutcome>(Document&, const ParsedDocument&)>;

/// What curation adds to intake. Empty functions: nothing is added.
struct CurationHooks {
  Curate curate;
  /// Names the rules in force for a source; documents curated under other rules are curated anew at the next sync.
  std::function<std::string(std::string_view source)> version;
  /// Removes every row derived from a document, in the transaction that erases it.
  std::function<Result<void>(store::Session&, Id document)> forget;
};

/// Thread-safe; all calls block (SQL, files, child processes): use worker threads.
class Ingestion {
 public:
  virtual ~Ingestion() = default;

  virtual void replace_sources(std::vector<SourceConfig> sources) = 0;
  /// Set once, before the first sync: curation is built on top of ingestion.
  virtual void use_curation(CurationHooks hooks) = 0;
  [[nodiscard]] virtual std::vector<SourceConfig> sources() const = 0;
  /// One sync of a source: lists, lands what changed, checks the contract, parses, curates, marks deletions.
  /// `full` re-parses everything. What fails the sync as a whole (unreadable folder, too many deletions) stands in
  /// SyncReport::error of the report, which is kept. Conflict when a sync of that source runs already. Work is committed in batches of
  /// 1,000 items or 5 s, and a sync that was killed resumes where it stood.
  [[nodiscard]] virtual Result<SyncReport> sync(std::string_view source, bool full,
                                                const std::function<void(const SyncProgress&)>& progress) = 0;
  /// Follows all sources (their interval and inotify) until stop(); calls `changed` after each sync that changed any.
  virtual void start_following(std::function<void(const SyncReport&)> changed) = 0;
  virtual void stop() = 0;

  [[nodiscard]] virtual Result<std::vector<SyncReport>> reports(std::string_view source, std::size_t limit) const = 0;
  [[nodiscard]] virtual Result<std::vector<IntakeLine>> report_lines(Id report) const = 0;
  [[nodiscard]] virtual Result<std::vector<Document>> list(const DocumentQuery& query, std::string& next_cursor) const = 0;
  [[nodiscard]] virtual Result<Document> load(Id document) const = 0;
  [[nodiscard]] virtual Result<ParsedDocument> load_parsed(const Document& document) const = 0;
  /// A person lets a quarantined document pass, or rejects it for good; audited.
  [[nodiscard]] virtual Result<Document> release_from_quarantine(Id document, std::string_view actor,
                                                                 std::string_view reason) = 0;
  [[nodiscard]] virtual Result<Document> reject(Id document, std::string_view actor, std::string_view reason) = 0;
  /// Removes raw bytes, parsed text and every derived row of a document; answers what was removed. Indexes drop it at
  /// once through the list of erased documents.
  [[nodiscard]] virtual Result<std::vector<std::string>> erase(Id document, std::string_view actor) = 0;
  /// Drops the bytes of versions that were landed before `before` and are no longer current. Gives how many.
  [[nodiscard]] virtual Result<std::int64_t> drop_old_versions(std::string_view source, Timestamp before) = 0;
};

/// Makes the connector a source's configuration asks for.
using ConnectorFactory = std::function<Result<std::unique_ptr<Connector>>(const SourceConfig&)>;

/// Everything referred to outlives the Ingestion.
struct IngestionDependencies {
  store::Database& database;
  store::Writer& writer;
  store::BlobStore& blobs;
  audit::Audit& audit;
  const Clock& clock;
  ParserRunner& runner;
  ConnectorFactory make_connector;
  ParseLimits limits;
  std::size_t parse_threads = 0;               // 0: one a core
  std::size_t batch_items_max = 1'000;
  Duration batch_age_max{5'000};
};
/// The schema (migrations()) must have been applied. Syncs that a crash left open are resumed by the next sync.
[[nodiscard]] std::unique_ptr<Ingestion> make_ingestion(IngestionDependencies dependencies);

/// The tables of this feature.
[[nodiscard]] std::span<const store::Migration> migrations();

}  // namespace millwright::ingestion
