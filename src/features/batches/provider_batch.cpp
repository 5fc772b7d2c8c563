// Lines through a provider's own batch: prepared like any call, their money reserved together, sent, looked at until the
// provider is done, and settled one by one. What it does not answer runs line by line after all.
#include <spdlog/spdlog.h>

#include "features/batches/scheduler.hpp"

namespace millwright::batches {
namespace {

constexpr Duration lead_min{20 * 60'000};        // less time than this is no time for a provider's batch
constexpr Duration cancel_time{10 * 60'000};     // what a provider may take to cancel one
constexpr Duration patience_after_deadline{60 * 60'000};
constexpr Duration first_wait{1'000};
constexpr std::size_t prepared_at_once = 64;

std::string item_name(std::int64_t line) { return fmt::format("line-{}", line); }

json::object kept_call(const gateway::PreparedCall& prepared, const Line& line) {
  return {{"call", prepared.to_json()}, {"custom_id", line.custom_id}, {"body", line.body}};
}

/// A failure of the provider that says nothing about the line.
bool may_succeed_elsewhere(const gateway::ProviderResult& result) {
  return !result && (result.error().is_retryable || result.error().status == 0);
}

}  // namespace

std::optional<Scheduler::ProviderPlace> Scheduler::provider_place(const Active& active, Timestamp now) const {
  const auto& batch = active.batch;
  const bool is_wanted = settings_.provider_batch == ProviderBatch::Prefer &&
                         batch.provider_batch == ProviderBatch::Prefer && batch.status == Status::InProgress &&
                         batch.models.size() == 1 && active.lines_left() >= settings_.provider_lines_min;
  if (!is_wanted || now + lead_min > give_up_time(active)) return std::nullopt;
  const auto state = parts_.gateway->state();
  const auto names = reachable_models(state->config, batch.models.front());
  const auto model = std::ranges::find(state->config.models, names.front(), &gateway::ModelConfig::name);
  if (model == state->config.models.end()) return std::nullopt;
  const auto provider = state->providers.find(model->provider);
  if (provider == state->providers.end() || provider->second->batches() == nullptr) return std::nullopt;
  if (!state->prices->find(model->name, now).has_tier(finops::ServiceTier::Batch)) return std::nullopt;
  return ProviderPlace{model->name, model->provider, provider->second};
}

Timestamp Scheduler::give_up_time(const Active& active) const {
  PlanFacts facts;
  facts.deadline = active.batch.deadline;
  facts.lines_left = active.lines_left();
  facts.concurrent = settings_.concurrent;
  return latest_start(facts) - cancel_time;
}

void Scheduler::release_busy(const ActivePtr& active) {
  {
    const std::scoped_lock lock(mutex_);
    active->is_busy = false;
    --busy_;
    has_news_ = true;
  }
  changed_.notify_all();
}

void Scheduler::spawn_busy(const ActivePtr& active, io::Task<void> task) {
  {
    const std::scoped_lock lock(mutex_);
    active->is_busy = true;
    ++busy_;
  }
  io::spawn(parts_.runtime->loop(0), "provider batch", be_busy(active, std::move(task)));
}

io::Task<void> Scheduler::be_busy(ActivePtr active, io::Task<void> task) {
  try {
    co_await std::move(task);
  } catch (const std::exception& e) {
    spdlog::error("work on a provider's batch ended in an exception: {}", e.what());
  }
  release_busy(active);
}

// ---- sending --------------------------------------------------------------------------------------------------------

io::Task<void> Scheduler::send_to_provider(ActivePtr active, ProviderPlace place) {
  auto turns = co_await io::run_blocking(parts_.runtime->blocking(), [this, active]() -> Result<std::vector<Turn>> {
    std::vector<Turn> all;
    while (auto turn = take_turn(active)) all.push_back(std::move(*turn));
    return all;
  });
  if (!turns) co_return;
  Outgoing outgoing;
  outgoing.place = std::move(place);
  for (auto& turn : *turns) co_await prepare_item(active, outgoing, std::move(turn));
  std::int64_t least = 0;
  {
    const std::scoped_lock lock(mutex_);
    least = settings_.provider_lines_min;
  }
  bool is_sent = false;
  if (static_cast<std::int64_t>(outgoing.items.size()) >= least) is_sent = co_await send(active, outgoing);
  const std::scoped_lock lock(mutex_);
  for (auto& turn : outgoing.direct) active->again.push_back(std::move(turn));
  if (is_sent) co_return;
  for (auto& turn : outgoing.sent) active->again.push_back(std::move(turn));
}

io::Task<void> Scheduler::prepare_item(const ActivePtr& active, Outgoing& outgoing, Turn turn) {
  Batch batch;
  {
    const std::scoped_lock lock(mutex_);
    batch = active->batch;
    if (is_stopping_) co_return;
  }
  if ((outgoing.items.size() + outgoing.direct.size()) % prepared_at_once == prepared_at_once - 1) {
    auto slept = co_await io::sleep_for(Duration(1));   // others want this loop as well
    (void)slept;
  }
  const auto limits = outgoing.place.provider->batches()->limits();
  const auto trace = Id::generate_at(parts_.clock->now());
  auto call = call_of(batch, *find_dialect(batch.endpoint), turn.line, trace);
  const bool has_room = outgoing.items.size() < limits.items_max && outgoing.bytes < limits.bytes_max;
  if (!call || !has_room) {
    outgoing.direct.push_back(std::move(turn));
    co_return;
  }
  call->skip_cache = true;
  auto prepared = co_await parts_.gateway->prepare(std::move(*call));
  const bool fits = prepared && prepared->facts.model == outgoing.place.model && !prepared->has_passages &&
                    (outgoing.items.empty() || prepared->operation == outgoing.operation);
  if (!fits) {   // what is refused is refused again, with its result, when it runs by itself
    outgoing.direct.push_back(std::move(turn));
    co_return;
  }
  LineResult row;
  row.line = turn.line.number;
  row.state = "sent";
  row.trace = trace.text();
  row.text = json::serialize(kept_call(*prepared, turn.line));
  outgoing.bytes += row.text.size();
  outgoing.operation = prepared->operation;
  outgoing.facts = prepared->facts;
  outgoing.worst_case += prepared->worst_case;
  outgoing.items.push_back({item_name(turn.line.number), std::move(prepared->body)});
  outgoing.rows.push_back(std::move(row));
  outgoing.sent.push_back(std::move(turn));
}

io::Task<Result<finops::Flight>> Scheduler::reserve(finops::CallFacts facts, Money worst_case, bool may_exceed) {
  const auto state = parts_.gateway->state();
  finops::AdmitRequest request;
  facts.trace = Id::generate_at(parts_.clock->now());
  facts.time = parts_.clock->now();
  facts.surface = "batch.reservation";
  request.price = &state->prices->find(facts.model, facts.time);
  request.facts = std::move(facts);
  request.worst_case = worst_case;
  request.may_exceed_budget = may_exceed;
  auto flight = co_await parts_.accounts->admit(std::move(request));
  co_return flight;
}

io::Task<bool> Scheduler::send(const ActivePtr& active, Outgoing& outgoing) {
  Batch batch;
  {
    const std::scoped_lock lock(mutex_);
    batch = active->batch;
  }
  auto flight = co_await reserve(outgoing.facts, outgoing.worst_case, batch.is_overrun_approved);
  if (!flight) {
    const std::scoped_lock lock(mutex_);
    if (flight.error().code == ErrorCode::BudgetExhausted) pause(*active, flight.error());
    co_return false;
  }
  batch.sent = SentBatch{"millwright-" + Id::generate().text(), {}, outgoing.place.provider_name, outgoing.place.model,
                         {}, outgoing.worst_case, parts_.clock->now()};
  auto kept = co_await io::run_blocking(parts_.runtime->blocking(), [this, batch, rows = outgoing.rows]() {
    return store_.send_lines(batch, rows);
  });
  if (!kept) {
    spdlog::error("{} could not be sent: {}", batch.id, describe(kept.error()));
    co_return false;
  }
  {
    const std::scoped_lock lock(mutex_);
    active->batch.sent = batch.sent;
    active->reserved = std::move(*flight);
    active->poll_wait = std::min(first_wait, settings_.poll);
    active->next_look = parts_.clock->now() + active->poll_wait;
    for (const auto& row : outgoing.rows) active->set_row(row.line, true);
  }
  auto* endpoint = outgoing.place.provider->batches();
  auto name = co_await endpoint->submit(outgoing.operation, outgoing.items, batch.sent->tag);
  if (name) {
    note_name(active, *name);
    spdlog::info("{} of {} lines of {} went to {} as {}", outgoing.items.size(), batch.counts.total, batch.id,
                 batch.sent->provider, *name);
    co_return true;
  }
  spdlog::warn("{} does not take {} as a batch: {}", batch.sent->provider, batch.id, describe(name.error()));
  auto found = co_await endpoint->find(batch.sent->tag);
  if (!found) co_return true;   // nobody knows: looked for again later
  if (*found) {
    note_name(active, **found);
    co_return true;
  }
  co_await take_back(active, {});
  co_return true;   // its lines are in `again` already
}

void Scheduler::note_name(const ActivePtr& active, const std::string& name) {
  Batch batch;
  {
    const std::scoped_lock lock(mutex_);
    if (active->batch.sent) active->batch.sent->name = name;
    batch = active->batch;
  }
  save(batch);
}

// ---- looking --------------------------------------------------------------------------------------------------------

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
    active->next_look = now + active->poll_wait;
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

/// Settles what the provider answered; lines it did not answer run by themselves.
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
  for (const auto& [number, line] : *lines) numbers.emplace(item_name(number), number);
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
    for (auto& [number, line] : *lines) {
      active->set_row(number, false);
      active->again.push_back({std::move(line.line), 0});
    }
    active->batch.sent.reset();
    active->is_cancel_asked = false;
    batch = active->batch;
  }
  save(batch);
}

io::Task<void> Scheduler::settle_line(const ActivePtr& active, const Dialect& dialect, SentLine line,
                                      gateway::ProviderResult result) {
  const auto worst_case = line.call.worst_case;
  auto outcome = co_await parts_.gateway->settle_prepared(
      std::move(line.call), std::move(result), line.is_booked ? gateway::Booked::Yes : gateway::Booked::No);
  auto kept = result_of(dialect, line.line, outcome);
  co_await keep_result(active, std::move(kept));
  // Its cost is on the books: as much less is held for the others.
  const auto state = parts_.gateway->state();
  const std::scoped_lock lock(mutex_);
  auto& sent = active->batch.sent;
  if (!sent) co_return;
  sent->worst_case -= worst_case;
  if (!active->reserved.is_open()) co_return;
  const auto& price = state->prices->find(sent->model, parts_.clock->now());
  auto lowered = active->reserved.switch_model(sent->model, sent->provider, price, sent->worst_case);
  (void)lowered;   // less always fits
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
