// Versions of datasets before people: asked in the approval inbox, decided there or directly, withdrawn when replaced.
#pragma once

#include "features/approval/approval.hpp"
#include "features/curation/dataset_store.hpp"

namespace millwright::curation {

/// "dataset/it-kb@3"
[[nodiscard]] std::string version_object(std::string_view dataset, std::int64_t version);

/// Registers the effect of a decision with the inbox.
class Decisions {
 public:
  explicit Decisions(CurationDependencies& dependencies);
  Decisions(const Decisions&) = delete;
  Decisions& operator=(const Decisions&) = delete;

  Result<void> ask(const DatasetConfig& dataset, const StoredVersion& stored);
  Result<void> supersede(const StoredVersion& old, std::int64_t by);
  Result<DatasetVersion> decide(std::string_view dataset, std::int64_t version, std::string_view actor,
                                std::string_view reason, DatasetState state);

 private:
  Result<void> apply_decision(store::Session& session, const approval::Request& request);

  CurationDependencies& dependencies_;
};

}  // namespace millwright::curation
