// An open-loop load generator: requests are due at times drawn beforehand, whether or not earlier ones were answered, as
// users who do not know of each other would send them. Latency counts from the time a request was due, so that waiting
// behind a slow server is part of it (no coordinated omission).
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "bench/support/load.hpp"

namespace millwright::bench {

struct OpenLoad {
  double per_second = 1'000;                  // mean; the gaps are exponential
  std::chrono::milliseconds duration{5'000};
  int connections_max = 256;                  // a request that finds none free waits for one
  std::uint32_t seed = 1;
};

struct OpenLoadResult : LoadResult {
  double lateness_us_p99 = 0;                 // of the generator itself: sent after it was due though a connection was free
  bool is_saturated = false;                  // the server fell behind: a second and more of requests were never answered
};

/// Throws when the server cannot be reached.
[[nodiscard]] OpenLoadResult run_open_load(std::uint16_t port, const std::string& request, const OpenLoad& load);

}  // namespace millwright::bench
