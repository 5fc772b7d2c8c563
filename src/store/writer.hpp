// The single writer: one thread, one connection, group commit. Jobs queue up while a commit runs and then share the
// next one; when idle, a lone job commits at once, unless it says that it can wait for company.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>

#include "base/error.hpp"
#include "io/loop/task.hpp"
#include "store/database.hpp"

namespace millwright::store {

struct WriterOptions {
  std::size_t queue_max = 65'536;      // jobs waiting; beyond it, submit answers Unavailable
  std::size_t batch_max = 1'024;       // jobs a transaction
  std::chrono::milliseconds probe_interval{1'000};   // how often a failing writer tries whether it can commit again
  std::chrono::milliseconds linger{100};             // how long a job that can wait waits at most
};

/// Soon: nobody waits longer than the commit before takes. Later: nobody waits for this job (what it writes is safe
/// elsewhere), so that it may stand in the queue for `linger`, or until a job that is wanted soon takes it along.
enum class Urgency : bool { Soon, Later };

/// Since the start; for metrics.
struct WriterCounters {
  std::uint64_t committed = 0;   // jobs
  std::uint64_t failed = 0;      // jobs
  std::uint64_t refused = 0;     // jobs that found the queue full
  std::uint64_t batches = 0;     // transactions
  std::size_t queued = 0;        // now
};

class Writer {
 public:
  /// A job may run twice, when a neighbour in its batch fails: it must not move out of what it captured, and what it
  /// writes outside the database must be overwritten by the second run.
  using Job = std::move_only_function<Result<void>(Session&)>;
  using Done = std::move_only_function<void(Result<void>)>;

  [[nodiscard]] static Result<std::unique_ptr<Writer>> start(Database& database, WriterOptions options = {});
  virtual ~Writer() = default;   // commits what is queued (or, when failing, refuses it), then ends

  /// Queues `job`; `done` runs on the writer's thread after the commit that holds it (or the error that kept it out).
  /// A job that fails is rolled back alone; its neighbours commit. Thread-safe, never blocks.
  virtual Result<void> submit(Job job, Done done, Urgency urgency = Urgency::Soon) = 0;
  /// Runs `job` and waits for its commit: for threads that may block.
  [[nodiscard]] virtual Result<void> run(Job job) = 0;
  /// Same from a coroutine: resumes on its loop after the commit.
  [[nodiscard]] virtual io::Task<Result<void>> commit(Job job) = 0;
  /// Returns when everything submitted before the call is committed.
  [[nodiscard]] virtual Result<void> flush() = 0;
  /// True after a commit failed for a reason that will not pass (disk full, connection lost): the gateway refuses work
  /// until a commit succeeds again.
  [[nodiscard]] virtual bool is_failing() const = 0;
  [[nodiscard]] virtual WriterCounters counters() const = 0;
};

}  // namespace millwright::store
