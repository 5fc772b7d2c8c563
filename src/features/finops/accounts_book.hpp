// The accounts behind the face: budgets, journal and ledger under one roof. Internal to features/finops.
#pragma once

#include <atomic>
#include <mutex>
#include <string>
#include <vector>

#include "features/finops/budgets.hpp"
#include "features/finops/finops.hpp"
#include "features/finops/journal.hpp"
#include "features/finops/ledger_store.hpp"
#include "features/finops/wait_list.hpp"

namespace millwright::finops {

using telemetry::Trace;
using telemetry::TraceStatus;

/// A finished call on its way to the database.
struct Finished {
  std::uint32_t slot = 0;
  PendingRow pending;
  std::string trace_line;
  std::move_only_function<void(Result<void>)> committed;   // set where the caller waits for the commit
};

/// The trace of a call of which only the row is known.
[[nodiscard]] Trace trace_of(const LedgerRow& row, std::string_view why);

struct Flight::State {
  AccountsBook* book = nullptr;
  std::uint32_t slot = 0;
  PendingRow pending;
  Scopes scopes;
  Money reserved;
  ModelPrice price;
  bool is_sent = false;
  [[nodiscard]] PriceContext context(ServiceTier tier) const { return {tier, pending.row.facts.time}; }
};

/// What the header promises, over SQL rows, the journal and the budgets.
class AccountsBook final : public Accounts {
 public:
  AccountsBook(AccountsOptions options, store::Database& database, store::Writer& writer,
               telemetry::TraceStore& traces, telemetry::Alerts& alerts, const Clock& clock)
      : options_(std::move(options)), database_(database), writer_(writer), traces_(traces), alerts_(alerts),
        ledger_(database),
        budgets_(clock, [this](std::string_view scope, PeriodBounds bounds) { return ledger_.settled(scope, bounds); }) {}

  ~AccountsBook() override;

  Result<void> open() {
    auto names = ledger_.load_names();
    if (!names) return names;
    auto journal = Journal::open(options_.directory, options_.flights_max);
    if (!journal) return pass(journal);
    journal_ = std::move(*journal);
    return replay();
  }

  Result<void> replace_budgets(std::vector<BudgetDefinition> budgets) override {
    const std::scoped_lock lock(sums_mutex_);
    auto flushed = writer_.flush();
    if (!flushed) return flushed;
    auto replaced = budgets_.replace(std::move(budgets));
    waiting_.wake_some();   // a raised limit may let them in
    return replaced;
  }

  io::Task<Result<Flight>> admit(AdmitRequest request) override;
  io::Task<Result<void>> record_free(Trace& trace, CallFacts facts, std::uint32_t attempt) override;

  Result<RerateReport> rerate(const RerateRequest& request, const PriceBook& book, audit::Audit& audit) override;

  std::vector<BudgetStatus> budgets() const override { return budgets_.status(); }
  Result<std::vector<CostRow>> report(const CostQuery& query) override {
    auto flushed = flush();
    if (!flushed) return pass(flushed);
    return ledger_.report(query);
  }
  Result<std::vector<UseSum>> use_since(Timestamp from) override {
    auto flushed = flush();
    if (!flushed) return pass(flushed);
    return ledger_.use_since(from);
  }
  Result<LedgerPage> list(const LedgerQuery& query) override {
    auto flushed = flush();
    if (!flushed) return pass(flushed);
    return ledger_.page(query);
  }
  Result<LedgerRow> load(Id trace) override {
    auto flushed = flush();
    if (!flushed) return pass(flushed);
    return ledger_.load(trace);
  }
  std::size_t recovered() const override { return recovered_; }
  std::size_t open_flights() const override { return journal_->taken(); }

  // For Flight.
  Result<void> switch_model(Flight::State& flight, std::string_view model, std::string_view provider,
                            const ModelPrice& price, Money worst_case);
  void mark_sent(Flight::State& flight);
  void stage(Flight::State& flight, const Usage& usage);
  io::Task<Result<void>> settle(std::unique_ptr<Flight::State> flight, Trace& trace, Usage usage);
  void settle_abandoned(Flight::State& flight);

 private:
  Result<void> replay();
  Result<void> flush();
  Finished finish(Flight::State& flight, Trace& trace, const Usage& usage, Money cost);
  io::Task<Result<void>> hand_over(Finished finished);
  void enqueue(Finished finished);
  void submit_drain(store::Urgency urgency);
  Result<void> write(store::Session& session, std::vector<Finished>& batch);
  void raise_alert(const Crossing& crossing);

  AccountsOptions options_;
  store::Database& database_;
  store::Writer& writer_;
  telemetry::TraceStore& traces_;
  telemetry::Alerts& alerts_;
  LedgerStore ledger_;
  BudgetBook budgets_;
  WaitList waiting_;
  std::unique_ptr<Journal> journal_;
  std::size_t recovered_ = 0;
  std::mutex sums_mutex_;   // re-rating and new budgets would miss each other's part of the sums

  std::mutex finished_mutex_;
  std::vector<Finished> finished_;
  bool is_drain_queued_ = false;
  std::atomic<bool> is_failing_ = false;
};

}  // namespace millwright::finops
