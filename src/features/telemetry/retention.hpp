// Drops telemetry that is older than the configuration allows, again and again.
#pragma once

#include <atomic>
#include <memory>

#include "features/telemetry/config.hpp"
#include "features/telemetry/telemetry.hpp"
#include "io/loop/runtime.hpp"

namespace millwright::telemetry {

/// Outlives its coroutine. Thread-safe.
class Retention {
 public:
  Retention(TraceStore& traces, FeedbackStore& feedback, const Clock& clock, TelemetrySettings settings);
  /// In effect at the next sweep.
  void replace_settings(TelemetrySettings settings);
  /// One sweep, now; gives the number of traces dropped. Blocks.
  [[nodiscard]] Result<std::int64_t> sweep();
  /// Sweeps at once and then every `sweep_every`, on the pool, until cancelled.
  [[nodiscard]] io::Task<void> run(io::BlockingPool& pool);

 private:
  TraceStore& traces_;
  FeedbackStore& feedback_;
  const Clock& clock_;
  std::atomic<std::shared_ptr<const TelemetrySettings>> settings_;
};

}  // namespace millwright::telemetry
