// Whether and when a model is asked again, and what the route has spent.
#include "features/gateway/pipeline.hpp"

namespace millwright::gateway {
namespace {

/// A share of `base` that differs from call to call, so that callers that failed together do not return together.
Duration jitter(Duration base, int attempt, Id trace) {
  const auto drawn = std::hash<Id>()(trace) >> (attempt * 4);
  return Duration(
      static_cast<std::int64_t>(drawn % static_cast<std::uint64_t>(std::max<std::int64_t>(base.count(), 1))));
}

/// Half to one and a half of a doubling base; where the provider says when, then and up to a tenth later.
Duration wait_of(const ProviderFailure& failure, int attempt, Id trace) {
  if (const auto asked = failure.error.retry_after) return *asked + jitter(*asked / 10, attempt, trace);
  const Duration base(std::min<std::int64_t>(250LL << std::min(attempt, 5), 5'000));
  return base / 2 + jitter(base, attempt, trace);
}

}  // namespace

std::optional<Duration> ChatPipeline::wait_before_retry(const Candidate& candidate, const ProviderFailure& failure,
                                                        int tried) {
  const auto known = class_of(failure);
  if (!failure.is_retryable || known == FailureClass::ContextWindow || tried >= route_->retries) return std::nullopt;
  const auto wait = wait_of(failure, tried, trace_.id);
  // A provider that asks for more patience than the route has is left for the next one.
  if (wait > std::min(route_->timeout / 4, time_left())) return std::nullopt;
  if (route_state_ != nullptr && !route_state_->retries.take()) {
    decide("route", "no_retry", "route:" + route_->name,
           {{"model", candidate.model->name}, {"class", failure_class_name(known)}, {"because", "retry_budget"}});
    shared_.parts.metrics->count_event("retry_budget", route_->name);
    return std::nullopt;
  }
  decide("route", "retry", "route:" + route_->name,
         {{"model", candidate.model->name},
          {"status", failure.status},
          {"class", failure_class_name(known)},
          {"wait_ms", wait.count()}});
  return wait;
}

void ChatPipeline::note_spend(const telemetry::Trace& settled) {
  if (route_state_ == nullptr || !route_->overflow || !route_->overflow->spend) return;
  if (settled.model == route_->overflow->to) return;
  route_state_->spend.add(settled.cost, route_->overflow->window, shared_.parts.clock->now());
}

}  // namespace millwright::gateway
