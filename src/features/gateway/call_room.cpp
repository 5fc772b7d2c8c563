#include "features/gateway/call_room.hpp"

#include <algorithm>

namespace millwright::gateway {
namespace {

std::size_t index_of(Priority priority) { return static_cast<std::size_t>(priority); }

}  // namespace

std::int64_t CallRoom::ceiling(Priority priority) const {
  const auto all = settings_.calls_max;
  if (priority == Priority::Critical) return all;
  // A fifth is kept for critical use cases, in a small room at least one place.
  const bool keeps_some = has_critical_.load(std::memory_order_relaxed) && all > 1;
  const auto standard = keeps_some ? all - std::max<std::int64_t>(all / 5, 1) : all;
  return priority == Priority::Standard ? standard : std::min(standard, (all + 1) / 2);
}

void CallRoom::replace_classes(bool has_critical) {
  const std::scoped_lock lock(mutex_);
  has_critical_.store(has_critical);
  grant();
}

bool CallRoom::is_shed(Priority priority) const {
  const auto level = shed_level();
  if (priority == Priority::Background) return level >= 1;
  return priority == Priority::Standard && level >= 2 && has_critical_.load(std::memory_order_relaxed);
}

bool CallRoom::take_place(Priority priority) {
  const auto most = ceiling(priority);
  auto taken = in_flight_.load();
  while (taken < most) {
    if (in_flight_.compare_exchange_weak(taken, taken + 1)) return true;
  }
  return false;
}

CallRoom::Entry CallRoom::try_enter(Priority priority) {
  if (is_shed(priority)) return Entry::Shed;
  for (std::size_t i = 0; i <= index_of(priority); ++i) {
    if (waiting_.at(i).load() > 0) return Entry::Full;  // nobody overtakes who waits
  }
  return take_place(priority) ? Entry::Entered : Entry::Full;
}

void CallRoom::leave() {
  in_flight_.fetch_sub(1);
  // A waiter counts itself before it looks for room a last time: either it sees this place, or it is seen here.
  if (waiting_[0].load() + waiting_[1].load() + waiting_[2].load() == 0) return;
  const std::scoped_lock lock(mutex_);
  grant();
}

/// With the mutex held.
void CallRoom::grant() {
  for (std::size_t i = 0; i < queues_.size(); ++i) {
    auto& queue = queues_.at(i);
    while (!queue.empty()) {
      if (!take_place(static_cast<Priority>(i))) return;
      const auto waiter = std::move(queue.front());
      queue.pop_front();
      waiting_.at(i).fetch_sub(1);
      waiter->is_granted_ = true;
      waiter->wake_();
    }
  }
}

std::optional<Duration> CallRoom::join_queue(const std::shared_ptr<Waiter>& waiter, Moment now) {
  const auto index = index_of(waiter->priority_);
  if (waiter->priority_ == Priority::Background || settings_.queue_wait == Duration(0)) return std::nullopt;
  const std::scoped_lock lock(mutex_);
  auto& queue = queues_.at(index);
  if (queue.size() >= settings_.queue_max) return std::nullopt;
  if (queue.empty()) standing_since_.at(index) = now;
  const bool stands = now - standing_since_.at(index) >= settings_.queue_wait;
  queue.push_back(waiter);
  waiting_.at(index).fetch_add(1);
  grant();
  return stands ? settings_.queue_wait / 10 : settings_.queue_wait;
}

bool CallRoom::leave_queue(const std::shared_ptr<Waiter>& waiter) {
  const std::scoped_lock lock(mutex_);
  if (waiter->is_granted_) return true;
  auto& queue = queues_.at(index_of(waiter->priority_));
  const auto found = std::ranges::find(queue, waiter);
  if (found != queue.end()) {
    queue.erase(found);
    waiting_.at(index_of(waiter->priority_)).fetch_sub(1);
    grant();  // what it was first in line for may fit the next
  }
  return false;
}

std::int64_t CallRoom::waiting() const {
  return waiting_[0].load(std::memory_order_relaxed) + waiting_[1].load(std::memory_order_relaxed) +
         waiting_[2].load(std::memory_order_relaxed);
}

Error room_refusal(const CallRoom& room, Priority priority, CallRoom::Entry entry) {
  Error error;
  error.code = ErrorCode::Unavailable;
  error.retry_after = 1s;
  const auto calls_max = room.settings().calls_max;
  if (entry == CallRoom::Entry::Full && priority != Priority::Background && room.in_flight() >= calls_max) {
    error.rule = "server.limits.requests";
    error.message = fmt::format("{} calls are in flight, the most this server takes", calls_max);
  } else {
    error.rule = fmt::format("priority.{}", priority_name(priority));
    error.message = fmt::format("the server is busy, and calls of priority {} make way for others", priority_name(priority));
  }
  return error;
}

void CallRoom::note_lag(std::size_t index, Duration lag, Moment now) {
  const std::scoped_lock lock(mutex_);
  if (lags_.size() <= index) lags_.resize(index + 1);
  auto& state = lags_.at(index);
  const bool is_late = lag > settings_.lag_target;
  auto& since = is_late ? state.above_since : state.below_since;
  (is_late ? state.below_since : state.above_since).reset();
  if (!since) since = now;
  if (now - *since >= settings_.lag_interval) {
    state.level = std::clamp(state.level + (is_late ? 1 : -1), 0, 2);
    since = now;
  }
  int level = 0;
  for (const auto& each : lags_) level = std::max(level, each.level);
  shed_level_.store(level, std::memory_order_relaxed);
}

}  // namespace millwright::gateway
