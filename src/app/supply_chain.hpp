// From source to answer without a person in between: a source that changed gives its datasets a new version; a version
// that is approved (or needs no approval) has its indexes built; an index that moved is published to the gateway.
#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "features/curation/curation.hpp"
#include "features/delivery/delivery.hpp"
#include "features/ingestion/ingestion.hpp"
#include "features/retrieval/retrieval.hpp"
#include "features/telemetry/telemetry.hpp"
#include "io/loop/runtime.hpp"

namespace millwright::app {

struct SupplyChainParts {
  ingestion::Ingestion* ingestion = nullptr;
  curation::Curation* curation = nullptr;
  retrieval::Retrieval* retrieval = nullptr;
  delivery::Delivery* delivery = nullptr;
  telemetry::Alerts* alerts = nullptr;
};

/// Thread-safe; one step at a time. What fails becomes an alert that closes once the step succeeds. The calls block.
class SupplyChain {
 public:
  explicit SupplyChain(SupplyChainParts parts) : parts_(parts) {}

  /// After a sync that changed documents.
  void source_changed(const std::string& source);
  /// After a decision on a dataset: builds every index whose newest approved version is not built.
  void build_indexes();

 private:
  void build_of(const std::string& dataset);
  void report(const std::string& step, const Result<void>& outcome);

  SupplyChainParts parts_;
  std::mutex mutex_;
};

}  // namespace millwright::app
