#include "features/telemetry/retention.hpp"

#include <spdlog/spdlog.h>

namespace millwright::telemetry {

Retention::Retention(TraceStore& traces, FeedbackStore& feedback, const Clock& clock, TelemetrySettings settings)
    : traces_(traces),
      feedback_(feedback),
      clock_(clock),
      settings_(std::make_shared<const TelemetrySettings>(settings)) {}

void Retention::replace_settings(TelemetrySettings settings) {
  settings_.store(std::make_shared<const TelemetrySettings>(settings));
}

Result<std::int64_t> Retention::sweep() {
  const auto settings = settings_.load();
  auto dropped = traces_.drop_before(clock_.now() - settings->retention);
  if (!dropped) return pass(dropped);
  auto voices = feedback_.drop_before(clock_.now() - settings->feedback_retention);
  if (!voices) return pass(voices);
  return *dropped;
}

io::Task<void> Retention::run(io::BlockingPool& pool) {
  for (;;) {
    auto work = [this]() { return sweep(); };
    const auto dropped = co_await io::run_blocking(pool, std::move(work));
    if (!dropped)
      spdlog::warn("old telemetry was not dropped: {}", describe(dropped.error()));
    else if (*dropped > 0)
      spdlog::info("dropped {} traces past their retention", *dropped);
    const Duration pause = settings_.load()->sweep_every;
    const auto slept = co_await io::sleep_for(pause);
    if (!slept) co_return;
  }
}

}  // namespace millwright::telemetry
