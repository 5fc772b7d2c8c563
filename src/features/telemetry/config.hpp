// The `telemetry` section of the configuration.
#pragma once

#include "base/config/node.hpp"

namespace millwright::telemetry {

struct TelemetrySettings {
  Duration retention{std::chrono::hours(24 * 30)};            // of traces
  Duration feedback_retention{std::chrono::hours(24 * 400)};  // comments of users
  Duration sweep_every{std::chrono::hours(1)};
};

[[nodiscard]] config::Section telemetry_section();
/// `telemetry` has been validated against the section, or is absent.
[[nodiscard]] TelemetrySettings parse_telemetry(const config::Node& telemetry);

}  // namespace millwright::telemetry
