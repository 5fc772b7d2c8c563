// One batch of the writer: many jobs in one transaction, where a job that fails takes no neighbour with it.
#pragma once

#include <vector>

#include "store/writer.hpp"

namespace millwright::store {

struct QueuedJob {
  Writer::Job job;
  Writer::Done done;
};

struct BatchOutcome {
  std::vector<Result<void>> results;   // one a job, in order
  bool has_committed = false;          // at least one job
  bool is_storage_failing = false;     // the connection or the disk refused
};

/// First all jobs bare in one transaction; when one fails, that is undone and all run again, each behind a savepoint.
/// A connection lost before the commit was sent is mended once; what was lost during the commit is reported as
/// Unavailable, because nobody knows whether it happened.
[[nodiscard]] BatchOutcome commit_batch(Session& session, std::vector<QueuedJob>& batch);

}  // namespace millwright::store
