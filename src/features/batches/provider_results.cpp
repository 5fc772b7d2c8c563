// Lines out of a provider's own batch: looked at until it is done, settled one by one. What it does not answer runs line
// by line after all.
#include <spdlog/spdlog.h>

#include "features/batches/scheduler.hpp"

namespace millwright::batches {
namespace {

constexpr Duration patience_after_deadline{60 * 60'000};

/// A failure of the provider that says nothing about the line.
bool may_succeed_elsewhere(const gateway::ProviderResult& result) {
  return !result && (result.error().is_retryable || result.error().status == 0);
}

}  // namespace

std::string provider_item_name(std::int64_t line) { return fmt::format("line-{}", line); }

io::Task<void> Scheduler::look_at_provider(ActivePtr active) {
  Batch batch;
  bool gives_up = false, is_hopeless = false;
  const auto now = parts_.clock->now();
  {
    const std::scoped_lock lock(mutex_);
    batch = active->batch;
    gives_up = batch.status == Status::Cancelling || now >= give_up_time(*active);
    is_hopeless = now >= batch.deadline + patience_after_deadline;
    active->poll_wait = std::min(std::max(active->poll_wait * 2, Duration(10)), settings_.poll);
    active->next_poll = now + active->poll_wait;
  }
  const auto state = parts_.gateway->state();
  const auto provider = state->providers.find(batch.sent->provider);
  auto* endpoint = provider == state->providers.end() ? nullptr : provider->second->batches();
  if (endpoint == nullptr || is_hopeless) {
    spdlog::error("{} gets no results from {}", batch.id, batch.sent->provider);
    co_await take_back(active, {});
    co_return;
  }
  if (!active->reserved.is_open()) co_await reserve_again(active);
  if (batch.sent->name.empty()) {
    auto found = co_await endpoint->find(batch.sent->tag);
    if (!found && !gives_up) co_return;
    if (!found || !*found) {
      co_await take_back(active, {});
      co_return;
    }
    note_name(active, **found);
    batch.sent->name = **found;
  }
  if (gives_up && !active->is_cancel_asked) {
    auto cancelled = co_await endpoint->cancel(batch.sent->name);
    active->is_cancel_asked = cancelled.has_value();
  }
  auto progress = co_await endpoint->poll(batch.sent->name);
  if (!progress) {
    spdlog::warn("{} does not say how far {} is: {}", batch.sent->provider, batch.sent->name, describe(progress.error()));
    co_return;
  }
  if (progress->phase == gateway::BatchProgress::Phase::Running) co_return;
  std::vector<gateway::BatchItemResult> results;
  if (progress->phase == gateway::BatchProgress::Phase::Ended) {
    auto read = co_await endpoint->results(*progress);
    if (!read) {
      spdlog::warn("the results of {} cannot be read: {}", batch.sent->name, describe(read.error()));
      co_return;
    }
    results = std::move(*read);
  } else {
    spdlog::warn("{} lost {}: {}", batch.sent->provider, batch.sent->name, progress->message);
  }
  co_await take_back(active, std::move(results));
  bool is_taken = false;
  {
    const std::scoped_lock lock(mutex_);
    is_taken = !active->batch.sent;
  }
  if (is_taken) co_await endpoint->forget(std::move(*progress));
}

/// After a restart: what is being spent is reserved again, whatever else was spent meanwhile.
io::Task<void> Scheduler::reserve_again(const ActivePtr& active) {
  Batch batch;
  {
    const std::scoped_lock lock(mutex_);
    batch = active->batch;
  }
  auto lines = co_await io::run_blocking(parts_.runtime->blocking(),
                                         [this, id = batch.id]() { return sent_lines(id); });
  if (!lines || lines->empty()) co_return;
  auto flight = co_await reserve(lines->begin()->second.call.facts, batch.sent->worst_case, true);
  if (!flight) co_return;
  const std::scoped_lock lock(mutex_);
  active->reserved = std::move(*flight);
}

Result<std::map<std::int64_t, Scheduler::SentLine>> Scheduler::sent_lines(const std::string& batch) {
  std::map<std::int64_t, SentLine> lines;
  for (std::int64_t after = 0;;) {
    auto page = store_.results(batch, after, 256);
    if (!page) return pass(page);
    if (page->empty()) return lines;
    after = page->back().line;
    for (auto& row : *page) {
      if (row.state != "sent") continue;
      auto kept = parse_json_object(row.text, {64u << 20, 96});
      if (!kept) return pass(kept);
      const auto* body = find_member(*kept, "body");
      const auto* call = find_member(*kept, "call");
      if (body == nullptr || !body->is_object() || call == nullptr || !call->is_object()) {
        return fail(ErrorCode::Corrupt, "line {} of {} cannot be read", row.line, batch);
      }
      auto prepared = gateway::PreparedCall::parse(call->get_object());
      if (!prepared) return pass(prepared);
      const bool is_booked = parts_.accounts->load(prepared->facts.trace).has_value();
      lines.emplace(row.line, SentLine{{row.line, std::string(string_member(*kept, "custom_id")), body->get_object()},
                                       std::move(*prepared), is_booked});
    }
  }
}

/// Settles what the provider answered; lines it did not answer run by themselves. The whole reservation stays until all
/// is on the books: for a moment the same money counts twice, and never not at all.
io::Task<void> Scheduler::take_back(ActivePtr active, std::vector<gateway::BatchItemResult> results) {
  std::string id, endpoint;
  {
    const std::scoped_lock lock(mutex_);
    id = active->batch.id;
    endpoint = active->batch.endpoint;
  }
  auto lines = co_await io::run_blocking(parts_.runtime->blocking(), [this, id]() { return sent_lines(id); });
  if (!lines) {
    spdlog::error("the lines of {} that were sent cannot be read: {}", id, describe(lines.error()));
    co_return;
  }
  const auto* dialect = find_dialect(endpoint);
  std::map<std::string, std::int64_t, std::less<>> numbers;
  for (const auto& [number, line] : *lines) numbers.emplace(provider_item_name(number), number);
  for (auto& item : results) {
    const auto number = numbers.find(item.id);
    if (number == numbers.end() || may_succeed_elsewhere(item.result)) continue;
    auto line = lines->extract(number->second);
    numbers.erase(number);
    co_await settle_line(active, *dialect, std::move(line.mapped()), std::move(item.result));
  }
  std::vector<std::int64_t> unanswered;
  for (const auto& [number, line] : *lines) unanswered.push_back(number);
  auto forgotten = co_await io::run_blocking(parts_.runtime->blocking(),
                                             [this, id, unanswered]() { return store_.forget_lines(id, unanswered); });
  if (!forgotten) co_return;   // looked at again
  co_await end_reservation(active);
  Batch batch;
  {
    const std::scoped_lock lock(mutex_);
    for (auto& [number, line] : *lines) active->again.push_back({std::move(line.line), 0});
    active->batch.sent.reset();
    active->is_cancel_asked = false;
    batch = active->batch;
  }
  save(batch);
}

io::Task<void> Scheduler::settle_line(const ActivePtr& active, const Dialect& dialect, SentLine line,
                                      gateway::ProviderResult result) {
  auto outcome = co_await parts_.gateway->settle_prepared(
      std::move(line.call), std::move(result), line.is_booked ? gateway::Booked::Yes : gateway::Booked::No);
  auto kept = result_of(dialect, line.line, outcome);
  co_await keep_result(active, std::move(kept));
}

io::Task<void> Scheduler::end_reservation(const ActivePtr& active) {
  finops::Flight reserved;
  telemetry::Trace trace;
  {
    const std::scoped_lock lock(mutex_);
    reserved = std::move(active->reserved);
    active->reserved = finops::Flight();
  }
  if (!reserved.is_open()) co_return;
  trace.id = Id::generate();
  trace.http_status = 200;
  auto settled = co_await reserved.settle(trace, {});
  if (!settled) spdlog::error("a reservation could not be settled: {}", describe(settled.error()));
}

}  // namespace millwright::batches
