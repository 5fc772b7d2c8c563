#include "features/identity/throttle.hpp"

#include <algorithm>

#include "base/digest.hpp"

namespace millwright::identity {

std::optional<Duration> Throttle::wait(const std::string& key, Timestamp now) {
  const std::scoped_lock lock(mutex_);
  const auto found = entries_.find(sha256(key).short_text());
  if (found == entries_.end()) return std::nullopt;
  const auto until = found->second.last + wait_after(found->second.failures);
  if (now >= until) return std::nullopt;
  return std::chrono::ceil<Duration>(until - now);
}

void Throttle::add_failure(const std::string& key, Timestamp now) {
  const std::scoped_lock lock(mutex_);
  if (entries_.size() >= options_.entries_max) {
    const auto oldest = std::ranges::min_element(entries_, {}, [](const auto& entry) { return entry.second.last; });
    entries_.erase(oldest);
  }
  auto& entry = entries_[sha256(key).short_text()];
  if (now - entry.last > options_.forget_after) entry.failures = 0;
  ++entry.failures;
  entry.last = now;
}

void Throttle::forget(const std::string& key) {
  const std::scoped_lock lock(mutex_);
  entries_.erase(sha256(key).short_text());
}

Duration Throttle::wait_after(int failures) const {
  const int counted = failures - options_.free_failures;
  if (counted < 0) return Duration(0);
  return std::min(options_.wait_max, Duration(1'000ll << std::min(counted, 20)));
}

}  // namespace millwright::identity
