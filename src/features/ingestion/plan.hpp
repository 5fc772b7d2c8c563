// What a sync has to do: the listing of the source compared with what has landed.
#pragma once

#include <vector>

#include "features/ingestion/document_store.hpp"
#include "features/ingestion/landed.hpp"

namespace millwright::ingestion {

enum class Work : std::uint8_t {
  None,      // unchanged since it was treated, under the same rules
  Curate,    // unchanged, but rules or its age changed: judge again what was parsed
  Fetch,     // new or changed
  Refuse,    // not taken; `reason` says why
};

struct PlannedItem {
  SourceItem item;
  std::unique_ptr<Landed> known;   // by pointer: a source may have very many items, most of them new or soon dropped
  Work work = Work::Fetch;
  std::string reason;
  Acl acl;
  bool is_done = false;      // by the interrupted sync that this one resumes
};

struct Plan {
  std::vector<PlannedItem> items;
  std::vector<Landed> missing;      // landed, but no longer listed: deleted or renamed
  std::int64_t current = 0;         // documents that were not deleted before
};

struct PlanInput {
  const SourceConfig& source;
  std::vector<SourceItem> listing;
  std::vector<std::unique_ptr<Landed>> known;
  std::vector<Erased> erased;
  std::string settings;             // settings_name() in force
  Timestamp now;
  bool is_full = false;
  Id resumed;                       // of the sync that is taken up again, or none
};
[[nodiscard]] Plan plan_sync(PlanInput input);

/// Conflict when the listing is too short, or the sync would delete too large a share of the source.
[[nodiscard]] Result<void> check_plan(const Plan& plan, const Contract& contract);

/// True when `modified` (or the document's own date, when it gives one) is longer ago than the source allows.
[[nodiscard]] bool is_past(Timestamp changed, Duration stale_after, Timestamp now);

}  // namespace millwright::ingestion
