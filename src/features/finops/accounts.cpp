// The accounts: reservations, flights and their way into the ledger.
#include <atomic>
#include <mutex>

#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <spdlog/spdlog.h>

#include "base/text.hpp"
#include "features/finops/budgets.hpp"
#include "features/finops/finops.hpp"
#include "features/finops/journal.hpp"
#include "features/finops/ledger_store.hpp"
#include "features/finops/wait_list.hpp"

namespace millwright::finops {
namespace {

using telemetry::Trace;
using telemetry::TraceStatus;

/// A finished call on its way to the database.
struct Finished {
  std::uint32_t slot = 0;
  PendingRow pending;
  std::string trace_line;
  std::move_only_function<void(Result<void>)> committed;   // set where the caller waits for the commit
};

Trace trace_of(const LedgerRow& row, std::string_view why) {
  Trace trace;
  trace.id = row.facts.trace;
  trace.start = row.facts.time;
  trace.duration_us = row.duration_us;
  trace.status = row.status;
  trace.http_status = row.http_status;
  trace.surface = row.facts.surface;
  trace.use_case = row.facts.use_case;
  trace.team = row.facts.team;
  trace.user = row.facts.user;
  trace.environment = row.facts.environment;
  trace.release = row.facts.release;
  trace.model = row.facts.model;
  trace.provider = row.facts.provider;
  trace.tokens = row.tokens;
  trace.cost = row.cost;
  trace.is_estimated = row.is_estimated;
  trace.error_message = why;
  return trace;
}

Error no_room_error(const Scope& scope) {
  const auto status = BudgetBook::status_of(scope);
  Error error;
  error.code = ErrorCode::BudgetExhausted;
  error.rule = "budget:" + status.definition.scope;
  error.message = fmt::format("the budget of {} ({} USD) has no room for this call: {} USD spent, {} USD reserved",
                              status.definition.scope, render_decimal(status.definition.limit),
                              render_decimal(status.settled), render_decimal(status.reserved));
  error.fix = status.definition.period == Period::Total
                  ? "Raise the limit in the configuration."
                  : fmt::format("Raise the limit, or wait for the next period at {}.", render_time(status.period_end));
  return error;
}

}  // namespace

class AccountsBook;

struct Flight::State {
  AccountsBook* book = nullptr;
  std::uint32_t slot = 0;
  PendingRow pending;
  Scopes scopes;
  Money reserved;
  ModelPrice price;
  bool is_sent = false;
};

/// What the header promises, over SQL rows, the journal and the budgets.
class AccountsBook final : public Accounts {
 public:
  AccountsBook(AccountsOptions options, store::Database& database, store::Writer& writer,
               telemetry::TraceStore& traces, telemetry::Alerts& alerts, const Clock& clock)
      : options_(std::move(options)), writer_(writer), traces_(traces), alerts_(alerts),
        ledger_(database),
        budgets_(clock, [this](std::string_view scope, PeriodBounds bounds) { return ledger_.settled(scope, bounds); }) {}

  ~AccountsBook() override {
    auto flushed = writer_.flush();
    if (!flushed) spdlog::error("ledger rows wait in the journal for the next start: {}", describe(flushed.error()));
  }

  Result<void> open() {
    auto names = ledger_.load_names();
    if (!names) return names;
    auto journal = Journal::open(options_.directory, options_.flights_max);
    if (!journal) return pass(journal);
    journal_ = std::move(*journal);
    return replay();
  }

  Result<void> replace_budgets(std::vector<BudgetDefinition> budgets) override {
    auto flushed = writer_.flush();
    if (!flushed) return flushed;
    auto replaced = budgets_.replace(std::move(budgets));
    waiting_.wake_some();   // a raised limit may let them in
    return replaced;
  }

  io::Task<Result<Flight>> admit(AdmitRequest request) override;
  io::Task<Result<void>> record_free(Trace& trace, CallFacts facts, std::uint32_t attempt) override;

  std::vector<BudgetStatus> budgets() const override { return budgets_.status(); }
  Result<std::vector<CostRow>> report(const CostQuery& query) override {
    auto flushed = flush();
    if (!flushed) return pass(flushed);
    return ledger_.report(query);
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
  void submit_drain();
  Result<void> write(store::Session& session, std::vector<Finished>& batch);
  void raise_alert(const Crossing& crossing);

  AccountsOptions options_;
  store::Writer& writer_;
  telemetry::TraceStore& traces_;
  telemetry::Alerts& alerts_;
  LedgerStore ledger_;
  BudgetBook budgets_;
  WaitList waiting_;
  std::unique_ptr<Journal> journal_;
  std::size_t recovered_ = 0;

  std::mutex finished_mutex_;
  std::vector<Finished> finished_;
  bool is_drain_queued_ = false;
  std::atomic<bool> is_failing_ = false;
};

Result<void> AccountsBook::replay() {
  const auto found = journal_->recover();
  if (found.empty()) return {};
  std::vector<PendingRow> rows;
  std::string lines;
  Id first, last;
  for (auto [slot, pending] : found) {
    auto& row = pending.row;
    if (pending.state != SlotState::Settled) {
      row.status = TraceStatus::Interrupted;
      row.http_status = 0;
      if (pending.state == SlotState::Open) row.cost = Money();
      if (pending.state == SlotState::Sent) {
        row.cost = pending.worst_case;
        row.is_estimated = true;
      }
    }
    telemetry::append_json(lines, trace_of(row, "recovered from the journal: the process ended during this call"));
    lines += '\n';
    if (first.is_none() || row.facts.trace < first) first = row.facts.trace;
    if (row.facts.trace > last) last = row.facts.trace;
    rows.push_back(pending);
  }
  auto written = writer_.run([&](store::Session& session) -> Result<void> {
    auto inserted = ledger_.insert(session, rows, true);
    if (!inserted) return inserted;
    return traces_.append_segment(session, lines, first, last, static_cast<std::int64_t>(rows.size()));
  });
  if (!written) return written;
  ledger_.note_committed();
  for (const auto& [slot, pending] : found) journal_->release(slot);
  recovered_ = found.size();
  spdlog::info("{} calls of the last run were recovered from the journal", recovered_);
  return {};
}

io::Task<Result<Flight>> AccountsBook::admit(AdmitRequest request) {
  ensure(request.price != nullptr, "a call is admitted with a price");
  if (is_failing_.load(std::memory_order_relaxed)) {
    submit_drain();
    auto error = fail(ErrorCode::Unavailable, "the ledger cannot be written at the moment");
    error.error().retry_after = 2s;
    co_return error;
  }
  auto scopes = budgets_.find(request.scopes);
  auto no_room = budgets_.reserve(scopes, request.worst_case);
  if (no_room && no_room->may_come) {
    const auto deadline = std::chrono::steady_clock::now() + options_.budget_wait;
    const auto executor = co_await io::this_executor();
    while (no_room && no_room->may_come && std::chrono::steady_clock::now() < deadline) {
      const auto place = waiting_.enter(executor);
      no_room = budgets_.reserve(scopes, request.worst_case);
      if (no_room && no_room->may_come) {
        co_await waiting_.wait(place, deadline);
        no_room = budgets_.reserve(scopes, request.worst_case);
      }
      waiting_.leave(place);
    }
    // Whoever leaves without taking money makes way for the next.
    if (no_room) waiting_.wake_some();
  }
  if (no_room) co_return std::unexpected(no_room_error(*no_room->scope));

  auto flight = std::make_unique<Flight::State>();
  flight->book = this;
  flight->pending.row.facts = std::move(request.facts);
  flight->pending.row.facts.price_version = request.price->version;
  flight->pending.row.is_unpriced = request.price->is_unpriced;
  flight->pending.attempt = request.attempt;
  flight->pending.worst_case = request.worst_case;
  flight->scopes = std::move(scopes);
  flight->reserved = request.worst_case;
  flight->price = *request.price;
  const auto slot = journal_->take(flight->pending);
  if (!slot) {
    budgets_.release(flight->scopes, flight->reserved);
    waiting_.wake_some();
    auto error = fail(ErrorCode::Unavailable, "{} calls are in flight, the most this server takes",
                      options_.flights_max);
    error.error().retry_after = 1s;
    co_return error;
  }
  flight->slot = *slot;
  Flight admitted;
  admitted.state_ = std::move(flight);
  co_return admitted;
}

Result<void> AccountsBook::switch_model(Flight::State& flight, std::string_view model, std::string_view provider,
                                        const ModelPrice& price, Money worst_case) {
  budgets_.release(flight.scopes, flight.reserved);
  flight.reserved = Money();
  if (auto no_room = budgets_.reserve(flight.scopes, worst_case)) {
    waiting_.wake_some();
    return std::unexpected(no_room_error(*no_room->scope));
  }
  flight.reserved = worst_case;
  flight.price = price;
  flight.is_sent = false;
  auto& row = flight.pending.row;
  row.facts.model = model;
  row.facts.provider = provider;
  row.facts.price_version = price.version;
  row.is_unpriced = price.is_unpriced;
  flight.pending.worst_case = worst_case;
  journal_->set_state(flight.slot, SlotState::Open);
  journal_->rewrite(flight.slot, flight.pending, SlotState::Open);
  waiting_.wake_some();
  return {};
}

void AccountsBook::mark_sent(Flight::State& flight) {
  flight.is_sent = true;
  journal_->set_state(flight.slot, SlotState::Sent);
}

void AccountsBook::stage(Flight::State& flight, const Usage& usage) {
  auto& row = flight.pending.row;
  row.tokens = usage.tokens;
  row.cost = cost_of(usage.tokens, flight.price);
  row.is_estimated = usage.is_estimated;
  row.provider_request = usage.provider_request;
  journal_->stage(flight.slot, usage, row.cost);
}

Finished AccountsBook::finish(Flight::State& flight, Trace& trace, const Usage& usage, Money cost) {
  auto& row = flight.pending.row;
  row.tokens = usage.tokens;
  row.cost = cost;
  row.is_estimated = usage.is_estimated;
  row.provider_request = usage.provider_request;
  row.saved = trace.saved;
  row.status = trace.status;
  row.http_status = trace.http_status;
  row.duration_us = trace.duration_us;
  row.first_token_us = trace.first_token_us;
  trace.tokens = row.tokens;
  trace.cost = row.cost;
  trace.is_estimated = row.is_estimated;
  trace.is_unpriced = row.is_unpriced;
  journal_->rewrite(flight.slot, flight.pending, SlotState::Settled);
  budgets_.settle(flight.scopes, flight.reserved, row.cost, [this](const Crossing& crossing) { raise_alert(crossing); });
  if (flight.reserved > Money()) waiting_.wake_some();
  flight.reserved = Money();

  Finished finished;
  finished.slot = flight.slot;
  finished.pending = std::move(flight.pending);
  telemetry::append_json(finished.trace_line, trace);
  return finished;
}

io::Task<Result<void>> AccountsBook::settle(std::unique_ptr<Flight::State> flight, Trace& trace, Usage usage) {
  auto finished = finish(*flight, trace, usage, cost_of(usage.tokens, flight->price));
  auto handed_over = co_await hand_over(std::move(finished));
  co_return handed_over;
}

io::Task<Result<void>> AccountsBook::hand_over(Finished finished) {
  if (options_.durability == store::Durability::Process) {
    enqueue(std::move(finished));   // the journal holds the row already
    co_return Result<void>();
  }
  const auto executor = co_await io::this_executor();
  auto initiate = [this, executor](auto handler, Finished entry) {
    auto shared = std::make_shared<decltype(handler)>(std::move(handler));
    entry.committed = [shared, executor](Result<void> outcome) {
      boost::asio::post(executor, [shared, outcome = std::move(outcome)]() mutable { (*shared)(std::move(outcome)); });
    };
    enqueue(std::move(entry));
  };
  auto outcome =
      co_await boost::asio::async_initiate<const boost::asio::use_awaitable_t<io::Executor>, void(Result<void>)>(
          initiate, boost::asio::use_awaitable_t<io::Executor>(), std::move(finished));
  co_return outcome;
}

void AccountsBook::settle_abandoned(Flight::State& flight) {
  auto& row = flight.pending.row;
  const bool is_unknown = flight.is_sent && row.tokens == TokenCounts();
  const Usage usage{row.tokens, row.is_estimated || is_unknown, row.provider_request};
  const auto cost = is_unknown ? flight.pending.worst_case : cost_of(row.tokens, flight.price);
  Trace trace = trace_of(row, "the call was abandoned before it was settled");
  trace.status = TraceStatus::Failed;
  enqueue(finish(flight, trace, usage, cost));
}

io::Task<Result<void>> AccountsBook::record_free(Trace& trace, CallFacts facts, std::uint32_t attempt) {
  PendingRow pending;
  pending.attempt = attempt;
  auto& row = pending.row;
  row.facts = std::move(facts);
  row.saved = trace.saved;
  row.status = trace.status;
  row.http_status = trace.http_status;
  row.is_cache_hit = trace.cache == "hit";
  row.duration_us = trace.duration_us;
  row.first_token_us = trace.first_token_us;
  const auto slot = journal_->take(pending);
  if (!slot) co_return fail(ErrorCode::Unavailable, "{} calls are in flight", options_.flights_max);
  journal_->set_state(*slot, SlotState::Settled);
  Finished finished;
  finished.slot = *slot;
  finished.pending = std::move(pending);
  telemetry::append_json(finished.trace_line, trace);
  auto handed_over = co_await hand_over(std::move(finished));
  co_return handed_over;
}

void AccountsBook::enqueue(Finished finished) {
  {
    const std::scoped_lock lock(finished_mutex_);
    finished_.push_back(std::move(finished));
    if (is_drain_queued_) return;
    is_drain_queued_ = true;
  }
  submit_drain();
}

void AccountsBook::submit_drain() {
  auto batch = std::make_shared<std::vector<Finished>>();
  auto job = [this, batch](store::Session& session) -> Result<void> {
    {
      const std::scoped_lock lock(finished_mutex_);
      is_drain_queued_ = false;
      // The job may run a second time after a rollback: what it took the first time goes before what came since.
      batch->insert(batch->end(), std::make_move_iterator(finished_.begin()), std::make_move_iterator(finished_.end()));
      finished_.clear();
    }
    return batch->empty() ? Result<void>() : write(session, *batch);
  };
  auto done = [this, batch](Result<void> outcome) {
    is_failing_.store(!outcome, std::memory_order_relaxed);
    if (!outcome) {
      spdlog::error("the ledger could not be written, rows wait in the journal: {}", describe(outcome.error()));
      const std::scoped_lock lock(finished_mutex_);
      for (auto& entry : *batch) {
        if (entry.committed) std::exchange(entry.committed, {})(outcome);
      }
      finished_.insert(finished_.begin(), std::make_move_iterator(batch->begin()),
                       std::make_move_iterator(batch->end()));
      return;
    }
    ledger_.note_committed();
    for (auto& entry : *batch) {
      journal_->release(entry.slot);
      if (entry.committed) entry.committed({});
    }
  };
  auto submitted = writer_.submit(std::move(job), std::move(done));
  if (submitted) return;
  is_failing_.store(true, std::memory_order_relaxed);
  const std::scoped_lock lock(finished_mutex_);
  is_drain_queued_ = false;
}

Result<void> AccountsBook::write(store::Session& session, std::vector<Finished>& batch) {
  std::vector<PendingRow> rows;
  rows.reserve(batch.size());
  std::string lines;
  Id first = batch.front().pending.row.facts.trace;
  Id last = first;
  for (const auto& entry : batch) {
    rows.push_back(entry.pending);
    lines += entry.trace_line;
    lines += '\n';
    first = std::min(first, entry.pending.row.facts.trace);
    last = std::max(last, entry.pending.row.facts.trace);
  }
  // After a failure it is unknown what was committed: rows that are there already are left alone, so that one of them
  // cannot hold up the ledger.
  auto inserted = ledger_.insert(session, rows, is_failing_.load(std::memory_order_relaxed));
  if (!inserted) return inserted;
  return traces_.append_segment(session, lines, first, last, static_cast<std::int64_t>(rows.size()));
}

Result<void> AccountsBook::flush() {
  bool is_waiting = false;
  {
    const std::scoped_lock lock(finished_mutex_);
    is_waiting = !finished_.empty() && !is_drain_queued_;
    if (is_waiting) is_drain_queued_ = true;
  }
  if (is_waiting) submit_drain();
  return writer_.flush();
}

void AccountsBook::raise_alert(const Crossing& crossing) {
  const auto& definition = crossing.status.definition;
  const auto period = render_time(crossing.status.period_start).substr(0, 10);
  alerts_.raise(fmt::format("budget:{}:{}:{}", definition.scope, period, crossing.percent),
                crossing.percent >= 90 ? "critical" : crossing.percent >= 75 ? "warning" : "info",
                fmt::format("{} has spent {} % of its budget", definition.scope, crossing.percent),
                fmt::format("{} of {} USD since {}", render_decimal(crossing.status.settled),
                            render_decimal(definition.limit), period),
                definition.scope);
}

Flight::Flight() = default;
Flight::~Flight() {
  if (state_) state_->book->settle_abandoned(*state_);
}
Flight::Flight(Flight&&) noexcept = default;
Flight& Flight::operator=(Flight&& other) noexcept {
  if (state_) state_->book->settle_abandoned(*state_);
  state_ = std::move(other.state_);
  return *this;
}
bool Flight::is_open() const { return state_ != nullptr; }
Result<void> Flight::switch_model(std::string_view model, std::string_view provider, const ModelPrice& price,
                                  Money worst_case) {
  return state_->book->switch_model(*state_, model, provider, price, worst_case);
}
void Flight::mark_sent() { state_->book->mark_sent(*state_); }
void Flight::stage(const Usage& usage) { state_->book->stage(*state_, usage); }
io::Task<Result<void>> Flight::settle(Trace& trace, const Usage& usage) {
  auto* book = state_->book;
  return book->settle(std::move(state_), trace, usage);
}

Result<std::unique_ptr<Accounts>> Accounts::open(AccountsOptions options, store::Database& database,
                                                 store::Writer& writer, telemetry::TraceStore& traces,
                                                 telemetry::Alerts& alerts, const Clock& clock) {
  auto book = std::make_unique<AccountsBook>(std::move(options), database, writer, traces, alerts, clock);
  auto opened = book->open();
  if (!opened) return pass(opened);
  return book;
}

}  // namespace millwright::finops
