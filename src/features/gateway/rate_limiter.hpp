// Rate limits by GCRA: one timestamp a key and limit, exact, without windows that double at their edges.
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <unordered_map>

#include "base/error.hpp"
#include "base/id.hpp"
#include "base/time.hpp"
#include "features/gateway/chat.hpp"

namespace millwright::gateway {

/// Thread-safe. Keys that have been idle for a minute are dropped.
class RateLimiter {
 public:
  enum class Unit : std::uint8_t { Requests, Tokens };
  struct Verdict {
    bool is_allowed = true;
    RateState state;
  };
  /// Takes `amount` of `per_minute` for `key`; an amount above the whole limit passes only when nothing is used.
  [[nodiscard]] Verdict take(Id key, Unit unit, std::int64_t per_minute, std::int64_t amount, Timestamp now);

 private:
  struct KeyHash {
    std::size_t operator()(const std::pair<Id, Unit>& key) const noexcept {
      return std::hash<Id>()(key.first) * 2 + static_cast<std::size_t>(key.second);
    }
  };
  void drop_idle(std::int64_t now_us);

  std::mutex mutex_;
  std::unordered_map<std::pair<Id, Unit>, std::int64_t, KeyHash> arrival_us_;   // theoretical arrival time
  std::size_t sweep_at_ = 1024;
};

/// RateLimited, naming the limit of the key and when this request would pass.
[[nodiscard]] std::unexpected<Error> rate_refusal(RateLimiter::Unit unit, const RateState& state);

}  // namespace millwright::gateway
