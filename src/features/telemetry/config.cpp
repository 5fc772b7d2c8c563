#include "features/telemetry/config.hpp"

namespace millwright::telemetry {

config::Section telemetry_section() {
  using config::Kind;
  constexpr std::int64_t minute_ms = 60'000, day_ms = 86'400'000;
  return {"telemetry",
          config::object("What is remembered of requests, and for how long.",
                         {{"retention", config::option(Kind::Duration, "How long traces are kept.")
                                            .fallback("30d")
                                            .between(minute_ms, 3'650 * day_ms)},
                          {"feedback_retention", config::option(Kind::Duration, "How long feedback of users is kept.")
                                                     .fallback("400d")
                                                     .between(minute_ms, 3'650 * day_ms)},
                          {"sweep_every", config::option(Kind::Duration, "How often what is older is dropped.")
                                              .fallback("1h")
                                              .between(1'000, 7 * day_ms)}})};
}

TelemetrySettings parse_telemetry(const config::Node& telemetry) {
  TelemetrySettings settings;
  auto read = [&telemetry](const char* key, Duration& into) {
    if (telemetry[key].is_set()) into = telemetry[key].duration();
  };
  read("retention", settings.retention);
  read("feedback_retention", settings.feedback_retention);
  read("sweep_every", settings.sweep_every);
  return settings;
}

}  // namespace millwright::telemetry
