// Money: prices, the ledger, budgets that reserve before a call and settle after it, and reports.
//
// Path of a call: Accounts::admit (reserve on all scopes, open a flight in the journal) → the call → Flight::stage
// (usage known) → Flight::settle. The journal is a memory-mapped file: what was staged survives kill -9 and becomes a
// ledger row at the next start, so that no answered or billed call is ever without its row.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "base/id.hpp"
#include "base/money.hpp"
#include "base/time.hpp"
#include "features/finops/media_prices.hpp"
#include "features/finops/price_list.hpp"
#include "features/finops/prices.hpp"
#include "features/telemetry/telemetry.hpp"
#include "io/loop/task.hpp"

namespace millwright::audit {
class Audit;
}

namespace millwright::finops {

enum class Period : std::uint8_t { Day, Week, Month, Total };
enum class AtLimit : std::uint8_t { Block, Warn };

struct BudgetDefinition {
  std::string scope;        // "use_case/helpdesk", "team/it", "key/<id>", "user/<name>"
  Money limit;
  Period period = Period::Month;
  std::vector<int> alerts_percent;   // ascending
  AtLimit at_limit = AtLimit::Block;
};
struct BudgetStatus {
  BudgetDefinition definition;
  Timestamp period_start, period_end;
  Money settled, reserved;
};

/// Everything the ledger keeps of one call besides its meters.
struct CallFacts {
  Id trace;
  Timestamp time;
  std::string use_case, team, user, key, environment, model, provider, release, surface, price_version;
};

/// One committed ledger row, as read back.
struct LedgerRow {
  CallFacts facts;
  TokenCounts tokens;
  Money cost;
  Money saved;
  telemetry::TraceStatus status = telemetry::TraceStatus::Ok;
  std::uint16_t http_status = 0;
  bool is_estimated = false, is_unpriced = false, is_cache_hit = false;
  std::uint32_t duration_us = 0, first_token_us = 0;
  std::string provider_request;   // the provider's own id of the call, for reconciliation
  ServiceTier tier = ServiceTier::Standard;
  std::optional<Money> original_cost;   // as first booked, where re-rating has changed it
};

struct Usage {
  TokenCounts tokens;
  bool is_estimated = false;
  std::string provider_request;
  ServiceTier tier = ServiceTier::Standard;   // as the answer says
};

class AccountsBook;

/// A call on its way. Settled exactly once; destroyed unsettled, it settles itself as failed with what was staged.
/// Movable; used by one thread at a time.
class Flight {
 public:
  Flight();
  ~Flight();
  Flight(Flight&&) noexcept;
  Flight& operator=(Flight&&) noexcept;
  [[nodiscard]] bool is_open() const;

  /// The route chose another model (fallback): moves the reservation. BudgetExhausted when that model does not fit.
  [[nodiscard]] Result<void> switch_model(std::string_view model, std::string_view provider, const ModelPrice& price,
                                          Money worst_case);
  /// The same model at another of its prices, as the size of an image decides; what is reserved stays.
  void reprice(const ModelPrice& price);
  /// Just before bytes go to a provider: from here on a crash counts the call as billed at its worst case.
  void mark_sent();
  /// The provider has reported usage: from here on a crash settles exactly this.
  void stage(const Usage& usage);
  /// Releases the reservation, books the cost, queues the ledger row with the full trace. Returns when the row is
  /// durable by the configured promise (journal for `process`, synced commit for `power`). `trace` gets its cost.
  [[nodiscard]] io::Task<Result<void>> settle(telemetry::Trace& trace, const Usage& usage);

  struct State;

 private:
  friend class AccountsBook;
  std::unique_ptr<State> state_;
};

struct AdmitRequest {
  CallFacts facts;
  std::uint32_t attempt = 0;         // counts the provider calls of one trace that may be billed
  const ModelPrice* price = nullptr; // outlives the call to admit
  Money worst_case;
  /// A lower bound that takes work to compute, or nothing: asked for once, when `worst_case` does not fit at once.
  std::function<Money()> tightened;
  bool may_exceed_budget = false;    // a person has approved it: counted on every scope, refused by none
};

struct CostQuery {
  std::vector<std::string> by;       // "use_case","team","user","key","environment","model","provider","release","day"
  Timestamp from, to;
};
struct CostRow {
  std::vector<std::string> dimensions;   // in the order of CostQuery::by
  std::int64_t requests = 0;
  TokenCounts tokens;
  Money cost, saved;
  std::int64_t unpriced = 0, estimated = 0;
};
/// What one caller used, for quotas. Refusals that used nothing and calls that never chose a model are not in it.
struct UseSum {
  std::string use_case, team, user, key, model;
  bool is_shadow = false;            // copies of calls, which their callers did not ask for
  std::int64_t calls = 0;            // each counted once, whatever its attempts
  std::int64_t rows = 0;             // attempts that may have been billed count too
  std::int64_t tokens = 0;           // input and output of every kind
};
struct LedgerQuery {
  std::string use_case, team, user, model, status;   // empty: any
  std::optional<Timestamp> from, to;
  std::string cursor;
  std::size_t limit = 50;
};
struct LedgerPage {
  std::vector<LedgerRow> rows;       // newest first
  std::string next_cursor;           // empty at the end
};

/// Recomputes what calls cost with the prices that hold at each call's own time.
struct RerateRequest {
  Timestamp from, to;                // of the calls: [from, to)
  bool is_dry_run = false;           // says what would change, changes nothing
  std::string actor;                 // for the audit log
};
struct RerateSum {
  std::int64_t calls = 0, changed = 0;
  Money before, after;               // of all calls of the use case in the span
};
struct RerateReport {
  std::map<std::string, RerateSum> by_use_case;
  std::int64_t unknown = 0;          // calls whose model has no price at their time: left as they are
  std::int64_t unmetered = 0;        // calls without usage, booked at their worst case or free: left as they are
};

struct AccountsOptions {
  std::string directory;                    // of the journal
  store::Durability durability = store::Durability::Process;
  std::size_t flights_max = 8'192;         // calls in the air or waiting for their commit; beyond it Unavailable
  std::chrono::milliseconds budget_wait{2'000};   // a call that would fit once others settle waits so long at most
};

/// The accounts of the factory. Thread-safe.
class Accounts {
 public:
  /// Replays the journal of the last run into the ledger, then loads the settled sums of the running periods.
  [[nodiscard]] static Result<std::unique_ptr<Accounts>> open(AccountsOptions options, store::Database& database,
                                                              store::Writer& writer, telemetry::TraceStore& traces,
                                                              telemetry::Alerts& alerts, const Clock& clock);
  virtual ~Accounts() = default;

  /// Swaps all budgets; sums of scopes that stay are kept, new ones are loaded from the ledger.
  [[nodiscard]] virtual Result<void> replace_budgets(std::vector<BudgetDefinition> budgets) = 0;

  /// Reserves on every scope at once, or on none. A scope without a budget always has room. BudgetExhausted names the
  /// scope, limit and when the period ends. Waits (budget_wait) only while reservations of others block.
  [[nodiscard]] virtual io::Task<Result<Flight>> admit(AdmitRequest request) = 0;
  /// A row without a reservation: refusals and cache hits, which cost nothing but are counted. `attempt` follows those
  /// of the same trace that were settled as flights.
  [[nodiscard]] virtual io::Task<Result<void>> record_free(telemetry::Trace& trace, CallFacts facts,
                                                           std::uint32_t attempt) = 0;

  /// In pages, each one transaction with its entry in the audit log: rows get their new cost beside the original one,
  /// hourly sums and running budgets move by exactly the difference. What an error leaves done is whole pages; running
  /// it again goes on. For threads that may block; one at a time.
  [[nodiscard]] virtual Result<RerateReport> rerate(const RerateRequest& request, const PriceBook& book,
                                                    audit::Audit& audit) = 0;

  [[nodiscard]] virtual std::vector<BudgetStatus> budgets() const = 0;
  /// Reports flush the writer first: what was answered is counted.
  [[nodiscard]] virtual Result<std::vector<CostRow>> report(const CostQuery& query) = 0;
  /// Of calls that began at `from` or later. Flushes too.
  [[nodiscard]] virtual Result<std::vector<UseSum>> use_since(Timestamp from) = 0;
  [[nodiscard]] virtual Result<LedgerPage> list(const LedgerQuery& query) = 0;
  [[nodiscard]] virtual Result<LedgerRow> load(Id trace) = 0;
  /// Calls recovered from the journal at this start.
  [[nodiscard]] virtual std::size_t recovered() const = 0;
  [[nodiscard]] virtual std::size_t open_flights() const = 0;
};

}  // namespace millwright::finops
