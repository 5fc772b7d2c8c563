#include "features/gateway/breakers.hpp"

#include <algorithm>

namespace millwright::gateway {
namespace {

// A trial whose report never came (it may run for as long as a call may) does not keep the others out for ever.
constexpr Duration trial_time_max{60'000};

}  // namespace

std::optional<Duration> Breakers::ask(std::string_view model, Timestamp now) {
  const std::scoped_lock lock(mutex_);
  const auto found = breakers_.find(model);
  if (found == breakers_.end() || found->second.pause == Duration(0)) return std::nullopt;
  auto& breaker = found->second;
  if (now < breaker.until) return std::max(std::chrono::ceil<Duration>(breaker.until - now), Duration(1));
  if (breaker.is_trying && now < breaker.trying_since + trial_time_max) return breaker.pause;
  breaker.is_trying = true;
  breaker.trying_since = now;
  return std::nullopt;
}

bool Breakers::is_open(std::string_view model, Timestamp now) const {
  const std::scoped_lock lock(mutex_);
  const auto found = breakers_.find(model);
  return found != breakers_.end() && found->second.pause != Duration(0) && now < found->second.until;
}

bool Breakers::report(std::string_view model, Outcome outcome, const BreakerSettings& settings, Timestamp now) {
  const std::scoped_lock lock(mutex_);
  const auto found = breakers_.find(model);
  if (outcome == Outcome::Success) {
    if (found != breakers_.end()) breakers_.erase(found);
    return false;
  }
  if (outcome == Outcome::Unrelated) {
    if (found != breakers_.end()) found->second.is_trying = false;   // the next call tries instead
    return false;
  }
  if (settings.failures == 0) return false;
  auto& breaker = found != breakers_.end() ? found->second : breakers_[std::string(model)];
  const bool was_trial = breaker.is_trying;
  breaker.is_trying = false;
  ++breaker.failures;
  if (breaker.failures < settings.failures) return false;
  // Calls that were on their way when it opened do not lengthen the pause.
  if (breaker.pause != Duration(0) && !was_trial) return false;
  breaker.pause = breaker.pause == Duration(0) ? settings.pause : std::min(2 * breaker.pause, settings.pause_max);
  breaker.until = now + breaker.pause;
  return true;
}

std::size_t Breakers::open_count() const {
  const std::scoped_lock lock(mutex_);
  return static_cast<std::size_t>(
      std::ranges::count_if(breakers_, [](const auto& entry) { return entry.second.pause != Duration(0); }));
}

}  // namespace millwright::gateway
