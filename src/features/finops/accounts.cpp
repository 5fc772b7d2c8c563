// Admission: what the last run left is booked, money is reserved, flights open and change their model.
#include <spdlog/spdlog.h>

#include "features/finops/accounts_book.hpp"

namespace millwright::finops {
namespace {

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

AccountsBook::~AccountsBook() {
  auto flushed = writer_.flush();
  if (!flushed) spdlog::error("ledger rows wait in the journal for the next start: {}", describe(flushed.error()));
}

Result<void> AccountsBook::replay() {
  auto found = journal_->recover();
  if (found.empty()) return {};
  std::vector<const PendingRow*> rows;
  std::string lines;
  Id first, last;
  for (auto& [slot, pending] : found) {
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
    telemetry::append_json(lines, trace_of(row, pending.state == SlotState::Settled
                                                    ? "answered; the process ended before the details were stored"
                                                    : "recovered from the journal: the process ended during this call"));
    lines += '\n';
    if (first.is_none() || row.facts.trace < first) first = row.facts.trace;
    if (row.facts.trace > last) last = row.facts.trace;
    rows.push_back(&pending);
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
    submit_drain(store::Urgency::Soon);
    auto error = fail(ErrorCode::Unavailable, "the ledger cannot be written at the moment");
    error.error().retry_after = 2s;
    co_return error;
  }
  auto scopes = budgets_.find(request.facts);
  std::optional<NoRoom> no_room;
  if (request.may_exceed_budget) budgets_.reserve_beyond(scopes, request.worst_case);
  else no_room = budgets_.reserve(scopes, request.worst_case);
  if (no_room && request.tightened) {
    const auto tightened = request.tightened();
    if (tightened < request.worst_case) {
      request.worst_case = tightened;
      no_room = budgets_.reserve(scopes, request.worst_case);
    }
  }
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
  row.cost = cost_of(usage.tokens, flight.price, flight.context(usage.tier));
  row.is_estimated = usage.is_estimated;
  row.tier = usage.tier;
  row.provider_request = usage.provider_request;
  journal_->stage(flight.slot, usage, row.cost);
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
void Flight::reprice(const ModelPrice& price) {
  state_->price = price;
  state_->pending.row.facts.price_version = price.version;
  state_->pending.row.is_unpriced = price.is_unpriced;
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
