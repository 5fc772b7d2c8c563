// From source to landed, checked, parsed document: every item of every sync is accounted for.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
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
#include "features/policy/policy.hpp"

namespace millwright::ingestion {

/// Where an item of a sync ended up.
enum class Verdict : std::uint8_t { Indexed, Unchanged, Duplicate, Stale, Quarantined, Rejected, Deleted };
[[nodiscard]] std::string_view verdict_name(Verdict verdict);

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
  Timestamp modified, landed;
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
  std::string error;                            // why the sync failed as a whole, or empty
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

/// Called for each parsed document before its verdict is final: curation adds class, tags, duplicates, staleness.
using Curate = std::function<Result<void>(Document&, const ParsedDocument&)>;

/// Thread-safe; all calls block (SQL, files, child processes): use worker threads.
class Ingestion {
 public:
  virtual ~Ingestion() = default;

  virtual void replace_sources(std::vector<SourceConfig> sources) = 0;
  [[nodiscard]] virtual std::vector<SourceConfig> sources() const = 0;
  /// One sync of a source: lists, lands what changed, checks the contract, parses, curates, marks deletions.
  /// `full` re-parses everything. Conflict when a sync of that source runs already. Work is committed in batches of
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
};

}  // namespace millwright::ingestion
