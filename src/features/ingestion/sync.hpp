// One sync of one source, from listing to report.
#pragma once

#include <atomic>

#include "features/ingestion/batch.hpp"
#include "features/ingestion/intake.hpp"
#include "features/ingestion/plan.hpp"
#include "features/ingestion/sync_store.hpp"

namespace millwright::ingestion {

enum class Trigger : std::uint8_t {
  Asked,      // by a person or a program: leaves a report even when nothing changed
  Followed,   // by following the source: leaves one only when something changed
};

struct SyncRequest {
  SourceConfig source;
  bool is_full = false;
  Trigger trigger = Trigger::Asked;
  std::function<void(const SyncProgress&)> progress;
};

/// "rule: message", cut to what a report holds.
[[nodiscard]] std::string error_reason(const Error& error);

/// Runs on the calling thread, with helpers for fetching and parsing.
class Sync {
 public:
  Sync(const IngestionDependencies& dependencies, const CurationHooks& hooks, Connector& connector,
       const SyncRequest& request, const std::atomic<bool>& is_stopping);

  /// Cancelled when stopping: the sync stays open and the next one takes it up.
  [[nodiscard]] Result<SyncReport> run();

 private:
  Result<std::vector<SourceItem>> list();
  Result<Plan> make_plan();
  Result<SyncReport> close_with_error(const Error& error);
  Result<void> open();
  Result<void> apply_permissions(Plan& plan);
  Result<void> delete_gone(Plan& plan, bool is_last);
  Result<void> process(Plan& plan);
  Result<void> settle(PlannedItem& planned, Taken taken, Plan& plan);
  Result<void> settle_known(PlannedItem& planned, const Taken& taken);
  Result<void> settle_document(PlannedItem& planned, Taken taken);
  Result<void> settle_error(PlannedItem& planned, const Error& error);
  void refuse(PlannedItem& planned, std::string reason);
  void rename(PlannedItem& planned, Landed landed);
  Result<void> curate(Landed& landed, const ParsedDocument& parsed);
  Result<void> curate_dependents();
  Result<void> commit_when_due();
  Result<SyncReport> close();
  void line(const std::string& path, const Document& document, Verdict verdict, std::string reason);

  const IngestionDependencies& dependencies_;
  const CurationHooks& hooks_;
  Connector& connector_;
  const SyncRequest& request_;
  const std::atomic<bool>& is_stopping_;
  SyncReport report_;
  bool is_full_ = false;
  bool is_resumed_ = false;
  std::string settings_;
  std::vector<Erased> erased_;
  std::optional<Batch> batch_;
  std::map<Id, Revision> revised_;               // by this sync
  std::map<Id, std::string> paths_;              // of this source's documents
  std::vector<Id> changed_;                      // their copies must be judged again
};

}  // namespace millwright::ingestion
