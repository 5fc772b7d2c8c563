// One line of a batch to its end: called, answered, kept; or tried again later.
#include <spdlog/spdlog.h>

#include "features/batches/scheduler.hpp"

namespace millwright::batches {
namespace {

constexpr int tries_max = 3;   // of a line that meets failures of the provider, which nobody was billed for

/// Whether the same line may be taken later: not what is unavailable for good, as an operation that no model offers.
bool is_passing(const Error& error) {
  return error.code == ErrorCode::RateLimited ||
         (error.code == ErrorCode::Unavailable && (error.retry_after || error.rule == "use_case.paused"));
}

bool is_providers(const Error& error) {
  return error.code == ErrorCode::UpstreamFailed || error.code == ErrorCode::Timeout;
}

}  // namespace

const Dialect* Scheduler::find_dialect(std::string_view endpoint) const {
  const auto found = std::ranges::find(parts_.dialects, endpoint, &Dialect::endpoint);
  return found == parts_.dialects.end() ? nullptr : &*found;
}

Result<gateway::ChatCall> Scheduler::call_of(const Batch& batch, const Dialect& dialect, const Line& line,
                                             Id trace) const {
  const auto key = Id::parse(batch.caller.key);
  const auto ring = parts_.keys->ring();
  const auto* principal = key ? ring->find(*key) : nullptr;
  if (principal == nullptr || principal->is_expired(parts_.clock->now())) {
    auto error = fail(ErrorCode::Unauthenticated, "the key that made this batch has expired or was revoked");
    error.error().fix = "Send the lines that are left with another key.";
    return error;
  }
  auto call = dialect.read(line.body);
  if (!call) return call;
  call->caller.principal = std::shared_ptr<const identity::Principal>(ring, principal);
  call->caller.groups = principal->groups;
  call->caller.user = principal->user.empty() ? batch.caller.user : principal->user;
  call->caller.session = batch.caller.session;
  call->caller.task = batch.caller.task;
  call->caller.segment = batch.caller.segment;
  call->caller.declared_class = policy::find_class(batch.caller.data_class);
  call->surface = "batch";
  call->trace = trace;
  call->may_exceed_budget = batch.is_overrun_approved;
  return call;
}

void Scheduler::start_turn(const ActivePtr& active, Turn turn) {
  Batch batch;
  {
    const std::scoped_lock lock(mutex_);
    batch = active->batch;
    ++active->in_flight;
    ++in_flight_;
  }
  const auto trace = Id::generate_at(parts_.clock->now());
  const auto* dialect = find_dialect(batch.endpoint);
  const auto loop = parts_.runtime->loop(static_cast<unsigned>(turns_) % parts_.runtime->loop_count());
  auto started = store_.start_line(batch.id, turn.line.number, trace);
  if (!started) {
    spdlog::error("line {} of {} could not be begun: {}", turn.line.number, batch.id, describe(started.error()));
    io::spawn(loop, "batch line", try_again(active, std::move(turn), fail(ErrorCode::Unavailable, "no row").error()));
    return;
  }
  auto call = call_of(batch, *dialect, turn.line, trace);
  if (!call) {
    io::spawn(loop, "batch line", refuse_turn(active, std::move(turn), dialect, trace, std::move(call.error())));
    return;
  }
  const auto id = trace.text();
  auto reserved = calls_.reserve(id);
  if (!reserved) {
    io::spawn(loop, "batch line", try_again(active, std::move(turn), std::move(reserved.error())));
    return;
  }
  const auto kept = std::make_shared<Turn>(std::move(turn));
  const auto began = std::chrono::steady_clock::now();
  calls_.start(id, std::move(*call), [this, active, kept, dialect, began](gateway::ChatOutcome outcome) {
    return end_turn(active, std::move(*kept), dialect, began, std::move(outcome));
  });
}

io::Task<void> Scheduler::end_turn(ActivePtr active, Turn turn, const Dialect* dialect,
                                   std::chrono::steady_clock::time_point began, gateway::ChatOutcome outcome) {
  if (outcome.error) {
    const auto& error = *outcome.error;
    const bool is_free = outcome.trace.cost == Money();
    if (error.code == ErrorCode::BudgetExhausted) {
      const std::scoped_lock lock(mutex_);
      pause(*active, error);
    }
    const bool ends_with_us = error.code == ErrorCode::Cancelled;   // nobody else cancels: the server is stopping
    const bool comes_again = error.code == ErrorCode::BudgetExhausted || is_passing(error) || ends_with_us ||
                             (is_providers(error) && ++turn.tries < tries_max);
    if (is_free && comes_again) {
      co_await try_again(active, std::move(turn), error);
      co_return;
    }
  }
  const auto time = std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now() - began);
  auto result = result_of(*dialect, turn.line, outcome);
  {
    const std::scoped_lock lock(mutex_);
    active->failures = 0;
    ++active->timed_lines;
    active->timed_ms += time.count();
  }
  co_await keep_result(active, std::move(result));
  leave_turn(active);
}

LineResult Scheduler::result_of(const Dialect& dialect, const Line& line, gateway::ChatOutcome& outcome) const {
  LineResult result;
  result.line = line.number;
  result.trace = outcome.trace.id.text();
  result.cost = outcome.trace.cost;
  if (outcome.error && outcome.error->code == ErrorCode::Cancelled) {
    result.state = "failed";
    result.text = render_failure(result.trace, line.custom_id,
                                 {{"code", "interrupted"},
                                  {"message", "The server stopped while this line was being answered; it may have been "
                                              "billed and is not sent again."}});
    return result;
  }
  if (!outcome.error) {
    auto body = dialect.answer(line.body, outcome);
    if (body) {
      result.state = "done";
      result.text = render_answer(result.trace, line.custom_id, 200, *body);
      return result;
    }
    outcome.error = std::move(body.error());
  }
  result.state = "failed";
  result.text = render_answer(result.trace, line.custom_id, meaning(outcome.error->code).http_status,
                              dialect.error(*outcome.error, outcome.error_from_provider, result.trace));
  return result;
}

io::Task<void> Scheduler::refuse_turn(ActivePtr active, Turn turn, const Dialect* dialect, Id trace, Error error) {
  gateway::ChatOutcome outcome;
  outcome.trace.id = trace;
  outcome.error = std::move(error);
  auto result = result_of(*dialect, turn.line, outcome);
  co_await keep_result(active, std::move(result));
  leave_turn(active);
}

io::Task<void> Scheduler::keep_result(ActivePtr active, LineResult result) {
  const auto is_done = result.state == "done";
  const auto cost = result.cost;
  const auto line = result.line;
  std::string id;
  {
    const std::scoped_lock lock(mutex_);
    id = active->batch.id;
  }
  for (;;) {
    auto kept = co_await store_.finish_line(id, result);
    if (kept) break;
    // The call is made and paid for: its result is worth waiting for the disk.
    spdlog::error("the result of line {} of {} could not be kept: {}", line, id, describe(kept.error()));
    auto slept = co_await io::sleep_for(1s);
    const std::scoped_lock lock(mutex_);
    if (!slept || is_stopping_) co_return;
  }
  const std::scoped_lock lock(mutex_);
  auto& batch = active->batch;
  ++(is_done ? batch.counts.completed : batch.counts.failed);
  batch.cost += cost;
}

io::Task<void> Scheduler::try_again(ActivePtr active, Turn turn, Error error) {
  std::string id;
  {
    const std::scoped_lock lock(mutex_);
    id = active->batch.id;
  }
  auto forgotten = co_await store_.forget_line(id, turn.line.number);
  {
    const std::scoped_lock lock(mutex_);
    if (forgotten) {
      active->again.push_back(std::move(turn));
    } else {
      // Its row says that it has begun: the next start finds out that nothing was sent, and runs it.
      spdlog::error("line {} of {} waits for the next start: {}", turn.line.number, id, describe(forgotten.error()));
    }
    ++active->failures;
    active->not_before =
        std::max(active->not_before, parts_.clock->now() + patience(active->failures, error.retry_after));
  }
  leave_turn(active);
}

void Scheduler::leave_turn(const ActivePtr& active) {
  {
    const std::scoped_lock lock(mutex_);
    --active->in_flight;
    --in_flight_;
    has_news_ = true;
  }
  changed_.notify_all();
}

}  // namespace millwright::batches
