#include "features/gateway/rate_limiter.hpp"

#include <algorithm>

namespace millwright::gateway {

RateLimiter::Verdict RateLimiter::take(Id key, Unit unit, std::int64_t per_minute, std::int64_t amount, Timestamp now) {
  constexpr std::int64_t minute_us = 60'000'000;
  const std::int64_t now_us = to_micros(now);
  // Exact in integers: cost of `amount` in microseconds of the minute, rounded up so that a limit is never exceeded.
  const auto cost_of = [per_minute](std::int64_t units) {
    return static_cast<std::int64_t>((static_cast<__int128>(units) * minute_us + per_minute - 1) / per_minute);
  };
  const std::scoped_lock lock(mutex_);
  if (arrival_us_.size() >= sweep_at_) drop_idle(now_us);
  auto& arrival = arrival_us_[{key, unit}];
  const std::int64_t start = std::max(arrival, now_us);
  const std::int64_t cost = cost_of(amount);
  Verdict verdict;
  verdict.state.limit = per_minute;
  verdict.is_allowed = start + std::min(cost, minute_us) <= now_us + minute_us;
  if (verdict.is_allowed) {
    arrival = start + cost;
  } else {
    const auto wait_us = start + std::min(cost, minute_us) - now_us - minute_us;
    verdict.state.retry_after = Duration((wait_us + 999) / 1000);
  }
  const std::int64_t used_us = std::max<std::int64_t>(arrival - now_us, 0);
  const auto used = static_cast<std::int64_t>((static_cast<__int128>(used_us) * per_minute + minute_us - 1) / minute_us);
  verdict.state.remaining = std::max<std::int64_t>(per_minute - used, 0);
  verdict.state.reset = Duration((used_us + 999) / 1000);
  return verdict;
}

void RateLimiter::drop_idle(std::int64_t now_us) {
  std::erase_if(arrival_us_, [now_us](const auto& entry) { return entry.second <= now_us; });
  sweep_at_ = std::max<std::size_t>(1024, arrival_us_.size() * 2);
}

std::unexpected<Error> rate_refusal(RateLimiter::Unit unit, const RateState& state) {
  const bool is_requests = unit == RateLimiter::Unit::Requests;
  auto error = fail(ErrorCode::RateLimited, "this key may make {} {} a minute", state.limit,
                    is_requests ? "requests" : "tokens");
  error.error().rule = is_requests ? "key.rpm" : "key.tpm";
  error.error().retry_after = state.retry_after;
  return error;
}

}  // namespace millwright::gateway
