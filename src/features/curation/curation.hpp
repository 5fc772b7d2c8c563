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
  /// The hook for ingestion: class, tags, hidden instructions, exact and near duplicates, staleness.
  [[nodiscard]] virtual ingestion::Curate curate_hook() = 0;
  /// Makes a new version when the members changed (else gives the newest); Pending where approval is required, with a
  /// request in the approval inbox.
  [[nodiscard]] virtual Result<DatasetVersion> snapshot(std::string_view dataset, std::string_view actor) = 0;
  [[nodiscard]] virtual Result<DatasetVersion> approve(std::string_view dataset, std::int64_t version,
                                                       std::string_view actor, std::string_view reason) = 0;
  [[nodiscard]] virtual Result<DatasetVersion> reject(std::string_view dataset, std::int64_t version,
                                                      std::string_view actor, std::string_view reason) = 0;
  [[nodiscard]] virtual Result<std::vector<DatasetVersion>> versions(std::string_view dataset) const = 0;
  /// NotFound when nothing has been approved yet.
  [[nodiscard]] virtual Result<DatasetVersion> newest_approved(std::string_view dataset) const = 0;
  [[nodiscard]] virtual Result<std::vector<Member>> members(const Digest& dataset_version) const = 0;
};

}  // namespace millwright::curation
