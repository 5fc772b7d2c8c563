// Lines into a provider's own batch: prepared like any call, their money reserved together, sent.
#include <spdlog/spdlog.h>

#include "features/batches/scheduler.hpp"

namespace millwright::batches {
namespace {

constexpr Duration lead_min{20 * 60'000};        // less time than this is no time for a provider's batch
constexpr Duration cancel_time{10 * 60'000};     // what a provider may take to cancel one
constexpr Duration first_wait{1'000};
constexpr std::size_t prepared_at_once = 64;

json::object kept_call(const gateway::PreparedCall& prepared, const Line& line) {
  return {{"call", prepared.to_json()}, {"custom_id", line.custom_id}, {"body", line.body}};
}

}  // namespace

std::optional<Scheduler::ProviderPlace> Scheduler::provider_place(const Active& active, Timestamp now) const {
  const auto& batch = active.batch;
  const bool is_wanted = batch.provider_batch == ProviderBatch::Prefer && batch.status == Status::InProgress &&
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
  outgoing.items.push_back({provider_item_name(turn.line.number), std::move(prepared->body)});
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
  if (!flight) co_return false;   // no room for all of it at its worst: line by line there may be
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
    active->next_poll = parts_.clock->now() + active->poll_wait;
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

}  // namespace millwright::batches
