// Settlement: a finished call gets its final row, its money is booked, and it goes to the ledger in groups.
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <spdlog/spdlog.h>

#include "features/finops/accounts_book.hpp"

namespace millwright::finops {
namespace {

// Finished calls that wait for each other at most; the journal has many times that number of slots.
constexpr std::size_t group_rows_max = 256;

}  // namespace

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

Finished AccountsBook::finish(Flight::State& flight, Trace& trace, const Usage& usage, Money cost) {
  auto& row = flight.pending.row;
  row.tokens = usage.tokens;
  row.cost = cost;
  row.is_estimated = usage.is_estimated;
  row.tier = usage.tier;
  row.is_unpriced = row.is_unpriced || !flight.price.has_tier(usage.tier);
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
  telemetry::append_json(finished.trace_line, trace, telemetry::TraceMembers::Told);
  return finished;
}

io::Task<Result<void>> AccountsBook::settle(std::unique_ptr<Flight::State> flight, Trace& trace, Usage usage) {
  auto finished = finish(*flight, trace, usage, cost_of(usage.tokens, flight->price, flight->context(usage.tier)));
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
  const Usage usage{row.tokens, row.is_estimated || is_unknown, row.provider_request, row.tier};
  const auto cost =
      is_unknown ? flight.pending.worst_case : cost_of(row.tokens, flight.price, flight.context(row.tier));
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
  telemetry::append_json(finished.trace_line, trace, telemetry::TraceMembers::Told);
  auto handed_over = co_await hand_over(std::move(finished));
  co_return handed_over;
}

void AccountsBook::enqueue(Finished finished) {
  const bool is_awaited = options_.durability == store::Durability::Power;
  bool is_group_full = false;
  {
    const std::scoped_lock lock(finished_mutex_);
    finished_.push_back(std::move(finished));
    is_group_full = finished_.size() == group_rows_max;
    if (is_drain_queued_ && !is_group_full) return;
    is_drain_queued_ = true;
  }
  submit_drain(is_awaited || is_group_full ? store::Urgency::Soon : store::Urgency::Later);
}

void AccountsBook::submit_drain(store::Urgency urgency) {
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
  auto submitted = writer_.submit(std::move(job), std::move(done), urgency);
  if (submitted) return;
  is_failing_.store(true, std::memory_order_relaxed);
  const std::scoped_lock lock(finished_mutex_);
  is_drain_queued_ = false;
}

Result<void> AccountsBook::write(store::Session& session, std::vector<Finished>& batch) {
  std::vector<const PendingRow*> rows;
  rows.reserve(batch.size());
  std::string lines;
  Id first = batch.front().pending.row.facts.trace;
  Id last = first;
  for (const auto& entry : batch) {
    rows.push_back(&entry.pending);
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
  if (is_waiting) submit_drain(store::Urgency::Soon);
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

}  // namespace millwright::finops
