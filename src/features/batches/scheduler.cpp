#include "features/batches/scheduler.hpp"

#include <spdlog/spdlog.h>

namespace millwright::batches {
namespace {

constexpr Duration look_interval{1'000};     // without news
constexpr Duration idle_interval{60'000};
constexpr Duration hours_age_max{2'000};
constexpr Duration failed_job_wait{10'000};
constexpr Duration settle_time_max{20'000};

}  // namespace

std::vector<std::string> reachable_models(const gateway::GatewayConfig& config, std::string_view name) {
  std::vector<std::string> models;
  for (const auto& use_case : config.use_cases) {
    if (use_case.name != name) continue;
    for (const auto& route : config.routes) {
      if (route.name != use_case.route) continue;
      for (const auto& target : route.targets) models.push_back(target.model);
    }
  }
  if (models.empty()) models.emplace_back(name);
  return models;
}

Scheduler::Scheduler(BatchParts parts, BatchSettings settings)
    : parts_(std::move(parts)),
      store_(*parts_.database, *parts_.writer, *parts_.vault, parts_.node),
      calls_(*parts_.runtime, *parts_.gateway),
      settings_(settings) {}

Scheduler::~Scheduler() { stop(Duration(0)); }

void Scheduler::start() {
  thread_ = std::thread([this] { run(); });
}

void Scheduler::stop(Duration grace) {
  {
    const std::scoped_lock lock(mutex_);
    is_stopping_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
  calls_.stop(grace);
  std::unique_lock lock(mutex_);
  if (!changed_.wait_for(lock, settle_time_max, [this] { return busy_ == 0 && in_flight_ == 0; })) {
    spdlog::error("{} lines of batches did not end in time", in_flight_);
  }
}

void Scheduler::replace_settings(BatchSettings settings) {
  {
    const std::scoped_lock lock(mutex_);
    settings_ = settings;
  }
  wake();
}

void Scheduler::wake() {
  {
    const std::scoped_lock lock(mutex_);
    has_news_ = true;
  }
  changed_.notify_all();
}

void Scheduler::save(const Batch& batch) {
  auto saved = store_.update(batch);
  if (!saved) spdlog::error("the state of {} could not be saved: {}", batch.id, describe(saved.error()));
}

std::vector<ActivePtr> Scheduler::all() const {
  const std::scoped_lock lock(mutex_);
  std::vector<ActivePtr> list;
  for (const auto& [id, active] : active_) list.push_back(active);
  return list;
}

/// With the mutex held: until the next look that is due, a second at most.
Duration Scheduler::time_to_next() const {
  auto wait = active_.empty() ? idle_interval : look_interval;
  const auto now = parts_.clock->now();
  for (const auto& [id, active] : active_) {
    const auto due = active->batch.sent ? active->next_poll : active->not_before;
    if (due > now) wait = std::min(wait, std::chrono::ceil<Duration>(due - now));
  }
  return wait;
}

void Scheduler::run() {
  for (;;) {
    for (const auto& active : all()) step(active);
    dispatch();
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, time_to_next(), [this] { return has_news_ || is_stopping_; });
    if (is_stopping_) return;
    has_news_ = false;
  }
}

void Scheduler::keep_busy(const ActivePtr& active, std::function<void()> work) {
  {
    const std::scoped_lock lock(mutex_);
    active->is_busy = true;
    ++busy_;
  }
  const bool is_taken = parts_.runtime->blocking().post([this, active, work = std::move(work)] {
    try {
      work();
    } catch (const std::exception& e) {
      spdlog::error("work on a batch ended in an exception: {}", e.what());
      const std::scoped_lock lock(mutex_);
      active->not_before = parts_.clock->now() + failed_job_wait;
    }
    release_busy(active);
  });
  if (!is_taken) release_busy(active);
}

void Scheduler::step(const ActivePtr& active) {
  enum class Next : std::uint8_t { Nothing, Validate, Finalize, LookAtPause, Send, LookAtProvider } next = Next::Nothing;
  std::optional<ProviderPlace> place;
  const auto now = parts_.clock->now();
  {
    const std::scoped_lock lock(mutex_);
    auto& batch = active->batch;
    if (active->is_busy || is_stopping_) return;
    if (is_finished(batch.status)) {
      active_.erase(batch.id);
      return;
    }
    const bool is_over = batch.status == Status::Cancelling || batch.status == Status::Finalizing ||
                         now >= batch.deadline ||
                         (batch.status == Status::InProgress && active->lines_left() == 0);
    if (batch.sent && now >= active->next_poll) {
      next = Next::LookAtProvider;
    } else if (is_over && !batch.sent) {
      if (active->in_flight == 0 && now >= active->not_before) next = Next::Finalize;
    } else if (batch.status == Status::Validating) {
      if (now >= active->not_before) next = Next::Validate;
    } else if (batch.pause && active->in_flight == 0 && now >= active->next_look) {
      active->next_look = now + look_interval;
      next = Next::LookAtPause;
    } else if (!batch.pause && !batch.sent && !active->is_provider_tried) {
      active->is_provider_tried = true;
      place = provider_place(*active, now);
      if (place) next = Next::Send;
    }
  }
  if (next == Next::Validate) keep_busy(active, [this, active] { validate(active); });
  if (next == Next::Finalize) keep_busy(active, [this, active] { finalize(active); });
  if (next == Next::Send) spawn_busy(active, send_to_provider(active, std::move(*place)));
  if (next == Next::LookAtProvider) spawn_busy(active, look_at_provider(active));
  if (next == Next::LookAtPause) keep_busy(active, [this, active] { look_at_pause(active); });
}

bool Scheduler::may_run(Active& active, Timestamp now) {
  auto& batch = active.batch;
  if (batch.status != Status::InProgress || active.is_busy || batch.pause || now < active.not_before) return false;
  if (active.is_read && active.again.empty()) return false;
  PlanFacts facts;
  facts.now = now;
  facts.deadline = batch.deadline;
  facts.off_peak = batch.off_peak;
  facts.lines_left = active.lines_left();
  facts.concurrent = settings_.concurrent;
  if (active.timed_lines > 0) facts.line_time = Duration(active.timed_ms / active.timed_lines + 1);
  if (batch.off_peak != OffPeak::Ignore && !batch.models.empty()) {
    const bool is_new_hour = active.hours.next_cheap && now >= *active.hours.next_cheap;
    if (now - active.hours_at >= hours_age_max || is_new_hour) {
      const auto state = parts_.gateway->state();
      const auto models = reachable_models(state->config, batch.models.front());
      active.hours = price_hours(state->prices->find(models.front(), now), now);
      active.hours_at = now;
    }
    facts.hours = active.hours;
  }
  const auto decided = plan(facts);
  const bool waits = decided.action == Plan::Action::Wait;
  batch.waits_until = waits ? std::optional(decided.until) : std::nullopt;
  batch.waits_for = decided.reason;
  return decided.action == Plan::Action::Run;
}

std::optional<Turn> Scheduler::take_turn(const ActivePtr& active) {
  {
    const std::scoped_lock lock(mutex_);
    if (!active->again.empty()) {
      auto turn = std::move(active->again.front());
      active->again.pop_front();
      return turn;
    }
  }
  while (!active->is_read) {
    auto text = Result<std::optional<std::pair<std::int64_t, std::string>>>(std::nullopt);
    if (!active->source) {
      auto opened = open_source(active->batch);
      if (opened) active->source = std::move(*opened);
      else text = pass(opened);
    }
    if (active->source) text = active->source->next();
    const std::scoped_lock lock(mutex_);
    if (!text) {
      spdlog::error("the input of {} cannot be read: {}", active->batch.id, describe(text.error()));
      active->not_before = parts_.clock->now() + failed_job_wait;
      active->source = nullptr;
      return std::nullopt;
    }
    if (!*text) {
      active->is_read = true;
      break;
    }
    const auto& [number, line_text] = **text;
    if (active->has_taken(number)) continue;
    active->set_taken(number, true);
    auto line = parse_line(line_text, number, active->batch.endpoint);
    if (line) return Turn{std::move(*line), 0};
  }
  return std::nullopt;
}

void Scheduler::dispatch() {
  const auto now = parts_.clock->now();
  std::vector<ActivePtr> ready;
  {
    const std::scoped_lock lock(mutex_);
    for (const auto& [id, active] : active_) {
      if (may_run(*active, now)) ready.push_back(active);
    }
  }
  while (!ready.empty()) {
    std::vector<Waiting> waiting;
    {
      const std::scoped_lock lock(mutex_);
      if (is_stopping_ || in_flight_ >= settings_.concurrent) return;
      std::map<std::string_view, std::int64_t> in_flight;
      for (const auto& [id, active] : active_) in_flight[active->batch.owner] += active->in_flight;
      for (const auto& active : ready) {
        const auto& owner = active->batch.owner;
        waiting.push_back({owner, in_flight[owner], active->last_turn, owner_turns_[owner]});
      }
    }
    const auto chosen = next_turn(waiting);
    const auto active = ready[*chosen];
    auto turn = take_turn(active);
    if (!turn) {
      ready.erase(ready.begin() + static_cast<std::ptrdiff_t>(*chosen));
      continue;
    }
    {
      const std::scoped_lock lock(mutex_);
      active->last_turn = owner_turns_[active->batch.owner] = ++turns_;
    }
    start_turn(active, std::move(*turn));
    const std::scoped_lock lock(mutex_);
    if (active->batch.pause || active->batch.status != Status::InProgress || now < active->not_before) {
      std::erase(ready, active);
    }
  }
}

}  // namespace millwright::batches
