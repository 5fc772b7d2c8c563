// Documents become datasets: classified, de-duplicated, owned, approved, versioned.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/config/node.hpp"
#include "base/digest.hpp"
#include "base/error.hpp"
#include "base/time.hpp"
#include "features/ingestion/ingestion.hpp"

namespace millwright::approval {
class Inbox;
}
namespace millwright::registry {
class Registry;
}

namespace millwright::curation {

struct DatasetConfig {
  std::string name, owner;
  std::vector<std::string> sources;
  bool needs_approval = true;
  Duration retention{0};                     // 0: keep
  std::vector<std::string> include, exclude; // rules: "tag:pii.*", "class:restricted", "path:**/old/**"
};

enum class DatasetState : std::uint8_t { Pending, Approved, Rejected };

/// One immutable version: which version of which documents, in an artifact whose digest names it.
struct DatasetVersion {
  std::string dataset;
  std::int64_t version = 0;
  Digest digest;
  DatasetState state = DatasetState::Pending;
  std::string decided_by;
  Timestamp created, decided;
  std::int64_t documents = 0, added = 0, changed = 0, removed = 0;
  std::string change_log;                    // what changed since the version before, for people
};

struct Member {
  Id document;
  std::int64_t version = 0;
  Digest parsed;
};

[[nodiscard]] config::Section datasets_section();
[[nodiscard]] Result<std::vector<DatasetConfig>> parse_datasets(const config::Node& datasets);

/// Thread-safe; calls block.
class Curation {
 public:
  virtual ~Curation() = default;
  virtual void replace_datasets(std::vector<DatasetConfig> datasets) = 0;
  [[nodiscard]] virtual std::vector<DatasetConfig> datasets() const = 0;
  /// For Ingestion::use_curation: class, tags, hidden instructions, exact and near duplicates, staleness.
  [[nodiscard]] virtual ingestion::CurationHooks curate_hook() = 0;
  /// Makes a new version when the members changed (else gives the newest); Pending where approval is required, with a
  /// request of kind "dataset.approve" in the approval inbox. A pending version it replaces is rejected as superseded.
  /// Conflict when no document is selected.
  [[nodiscard]] virtual Result<DatasetVersion> snapshot(std::string_view dataset, std::string_view actor) = 0;
  /// The caller has checked that `actor` may decide. Only the newest version can be decided, here or in the inbox.
  [[nodiscard]] virtual Result<DatasetVersion> approve(std::string_view dataset, std::int64_t version,
                                                       std::string_view actor, std::string_view reason) = 0;
  [[nodiscard]] virtual Result<DatasetVersion> reject(std::string_view dataset, std::int64_t version,
                                                      std::string_view actor, std::string_view reason) = 0;
  [[nodiscard]] virtual Result<std::vector<DatasetVersion>> versions(std::string_view dataset) const = 0;
  /// NotFound when nothing has been approved yet.
  [[nodiscard]] virtual Result<DatasetVersion> newest_approved(std::string_view dataset) const = 0;
  [[nodiscard]] virtual Result<std::vector<Member>> members(const Digest& dataset_version) const = 0;
  /// Drops content that is no longer current and older than every retention that covers its source; audited. Gives the
  /// number of versions dropped. Called daily by the host.
  [[nodiscard]] virtual Result<std::int64_t> enforce_retention(std::string_view actor) = 0;
};
[[nodiscard]] std::string_view state_name(DatasetState state);   // "pending", "approved", "rejected"

/// Everything referred to outlives the Curation.
struct CurationDependencies {
  store::Database& database;
  store::Writer& writer;
  audit::Audit& audit;
  approval::Inbox& inbox;
  registry::Registry& registry;
  ingestion::Ingestion& ingestion;
  std::function<std::shared_ptr<const policy::Guard>()> guard;   // the one in force now
  const Clock& clock;
};
/// The schema (migrations()) must have been applied. Registers its effect with the inbox.
[[nodiscard]] std::unique_ptr<Curation> make_curation(CurationDependencies dependencies);

/// The tables of this feature.
[[nodiscard]] std::span<const store::Migration> migrations();

}  // namespace millwright::curation
