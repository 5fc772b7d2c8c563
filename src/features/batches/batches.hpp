// Files that callers keep, and batches: many calls in one file that nobody waits for, run when it is cheapest and in any
// case by a deadline, each line exactly once, under the same admission and settlement as every other call.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "base/money.hpp"
#include "base/time.hpp"
#include "features/approval/approval.hpp"
#include "features/batches/config.hpp"
#include "features/batches/file_store.hpp"
#include "features/gateway/gateway.hpp"

namespace millwright::batches {

enum class Status : std::uint8_t { Validating, InProgress, Finalizing, Completed, Failed, Expired, Cancelling, Cancelled };
[[nodiscard]] std::string_view status_name(Status status);   // "validating", "in_progress", …
[[nodiscard]] constexpr bool is_finished(Status status) {
  return status == Status::Completed || status == Status::Failed || status == Status::Expired ||
         status == Status::Cancelled;
}

struct Counts {
  std::int64_t total = 0, completed = 0, failed = 0;
};

/// What is wrong with an input file. Lines count from 1; 0: the file as a whole.
struct LineFault {
  std::string code, message, param;
  std::int64_t line = 0;
};

/// Why a batch waits for money, and what it takes to go on.
struct Pause {
  std::string reason;        // as the refused call was told
  std::string scope;         // of the budget that is spent, as "use_case/helpdesk"
  std::string approval;      // id of the request that may let it go on
  Timestamp period_start{};  // of that budget when the batch stopped
  Money limit, room;         // likewise
};

/// On whose behalf its lines are called.
struct BatchCaller {
  std::string key;           // id; its rights and limits are those of the moment a line runs
  std::string user, session, task, segment, data_class;
};

/// Calls that a provider's own batch answers.
struct SentBatch {
  std::string tag;                // ours
  std::string name;               // the provider's; empty: not known yet
  std::string provider, model;
  std::string operation;
  Money worst_case;               // of its lines together, reserved until they are settled
  Timestamp sent_at{};
};

struct Batch {
  std::string id, scope, owner;   // owner: whose turn it is when several wait: a team, else a key
  std::string endpoint, window, input_file, output_file, error_file;
  Status status = Status::Validating;
  Timestamp created{}, deadline{};
  std::optional<Timestamp> in_progress_at, finalizing_at, completed_at, failed_at, expired_at, cancelling_at,
      cancelled_at;
  json::object metadata;
  std::vector<LineFault> faults;
  Counts counts;
  Money cost;
  BatchCaller caller;
  OffPeak off_peak = OffPeak::Prefer;
  ProviderBatch provider_batch = ProviderBatch::Prefer;
  std::vector<std::string> models;           // that its lines ask for, the first few
  std::optional<Duration> output_expires_after;
  std::optional<Pause> pause;
  bool is_overrun_approved = false;
  std::optional<SentBatch> sent;
  std::optional<Timestamp> waits_until;      // not kept: what the scheduler last said
  std::string waits_for;
};
/// OpenAI's batch object, with `millwright` for what that has no word for.
[[nodiscard]] json::object to_json(const Batch& batch);

struct NewBatch {
  gateway::Caller caller;
  std::string endpoint, input_file;
  std::string window = "24h";
  Duration time{std::chrono::hours(24)};
  std::optional<OffPeak> off_peak;                  // else as configured
  std::optional<ProviderBatch> provider_batch;
  json::object metadata;
  std::optional<Duration> output_expires_after;
};

/// How the lines of one endpoint become calls, and how their ends are said in its shape. Pure, any thread.
struct Dialect {
  std::string endpoint;      // "/v1/chat/completions"
  std::function<Result<gateway::ChatCall>(json::object body)> read;
  /// The body of an answer to the request `body`, as JSON text.
  std::function<Result<std::string>(const json::object& body, gateway::ChatOutcome& outcome)> answer;
  /// {"error": {…}} as JSON text.
  std::function<std::string(const Error& error, bool is_from_provider, std::string_view request_id)> error;
};

struct BatchParts {
  io::Runtime* runtime = nullptr;
  store::Database* database = nullptr;
  store::Writer* writer = nullptr;
  const store::Vault* vault = nullptr;
  gateway::Gateway* gateway = nullptr;
  finops::Accounts* accounts = nullptr;
  identity::Keys* keys = nullptr;
  approval::Inbox* inbox = nullptr;
  const Clock* clock = nullptr;
  std::string node;          // batches and files belong to the node that has their bytes
  FileStore* files = nullptr;
  std::vector<Dialect> dialects;
};

struct BatchPage {
  std::vector<Batch> batches;   // newest first
  bool has_more = false;
};

/// Thread-safe. All but start and stop block: call on a worker thread.
class Batches {
 public:
  /// Takes up what this node left unfinished. Whatever was being answered when it stopped has its ledger row: lines that
  /// may have been billed are not sent again and end as failed, the others run again.
  [[nodiscard]] static Result<std::unique_ptr<Batches>> open(BatchParts parts, BatchSettings settings);
  virtual ~Batches() = default;   // stop first

  virtual void start() = 0;
  /// Starts no further line, lets what runs end within `grace`, then cancels it.
  virtual void stop(Duration grace) = 0;
  virtual void replace_settings(BatchSettings settings) = 0;

  /// InvalidInput and NotFound name the field. Lines are checked afterwards, by the scheduler.
  [[nodiscard]] virtual Result<Batch> create(NewBatch batch) = 0;
  /// An empty scope: of anybody.
  [[nodiscard]] virtual Result<Batch> load(const std::string& id, const std::string& scope) = 0;
  /// After the batch `after`, newest first.
  [[nodiscard]] virtual Result<BatchPage> list(const std::string& scope, const std::string& after, std::size_t limit) = 0;
  /// Lines that run are answered; those that have not begun never will be. Conflict once it has ended.
  [[nodiscard]] virtual Result<Batch> cancel(const std::string& id, const std::string& scope) = 0;
  /// Finished batches older than the retention. The number of them.
  [[nodiscard]] virtual Result<std::int64_t> drop_old() = 0;
  /// Whether `body` could be a line of a batch for `endpoint`; errors name its field.
  [[nodiscard]] virtual Result<void> check(std::string_view endpoint, json::object body) const = 0;
  /// Conflict while an unfinished batch reads the file.
  [[nodiscard]] virtual Result<void> remove_file(const std::string& id, const std::string& scope) = 0;
  [[nodiscard]] virtual FileStore& files() = 0;
};

/// The tables of this feature.
[[nodiscard]] std::span<const store::Migration> migrations();

}  // namespace millwright::batches
