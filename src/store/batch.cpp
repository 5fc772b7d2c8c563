#include "store/batch.hpp"

namespace millwright::store {
namespace {

Result<void> run_job(Session& session, Writer::Job& job) {
  try {
    return job(session);
  } catch (const std::exception& error) {
    return fail(ErrorCode::Internal, "a write threw: {}", error.what());
  }
}

struct Attempt {
  Result<void> outcome;
  bool reached_commit = false;
};

Attempt run_bare(Session& session, std::vector<QueuedJob>& batch) {
  Attempt attempt;
  attempt.outcome = session.transaction([&]() -> Result<void> {
    for (QueuedJob& queued : batch) {
      auto done = run_job(session, queued.job);
      if (!done) return done;
    }
    attempt.reached_commit = true;
    return {};
  });
  return attempt;
}

Attempt run_isolated(Session& session, std::vector<QueuedJob>& batch, std::vector<Result<void>>& results) {
  Attempt attempt;
  attempt.outcome = session.transaction([&]() -> Result<void> {
    for (std::size_t i = 0; i < batch.size(); ++i) {
      results[i] = session.savepoint([&] { return run_job(session, batch[i].job); });
      if (!results[i] && session.is_impaired()) return results[i];
    }
    attempt.reached_commit = true;
    return {};
  });
  return attempt;
}

BatchOutcome all_failed(std::size_t count, const Error& error, bool is_storage_failing) {
  return {.results = std::vector<Result<void>>(count, std::unexpected(error)),
          .has_committed = false,
          .is_storage_failing = is_storage_failing};
}

}  // namespace

BatchOutcome commit_batch(Session& session, std::vector<QueuedJob>& batch) {
  Attempt first = run_bare(session, batch);
  if (first.outcome) return {.results = std::vector<Result<void>>(batch.size()), .has_committed = true};
  const bool was_impaired = session.is_impaired();
  if (first.reached_commit && was_impaired) return all_failed(batch.size(), first.outcome.error(), true);
  if (batch.size() == 1 && !was_impaired) return all_failed(1, first.outcome.error(), false);

  std::vector<Result<void>> results(batch.size());
  const Attempt second = run_isolated(session, batch, results);
  if (!second.outcome) return all_failed(batch.size(), second.outcome.error(), session.is_impaired());
  const bool has_committed =
      std::ranges::any_of(results, [](const Result<void>& result) { return result.has_value(); });
  return {.results = std::move(results), .has_committed = has_committed};
}

}  // namespace millwright::store
