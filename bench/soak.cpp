// Memory over a long run of whole answers, streams and errors: is it flat? With a number: for so many minutes (3)
#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <vector>

#include <fmt/format.h>

#include "bench/support/gateway_setup.hpp"
#include "bench/support/load.hpp"

namespace {

using namespace millwright::bench;
using Clock = std::chrono::steady_clock;

constexpr double megabytes_per_minute_max = 1;
constexpr double warm_share = 0.4;   // of the time, until caches and pools have their size

struct Sample {
  double minutes = 0, resident_mb = 0;
};

/// Least squares: MB a minute.
double slope(const std::vector<Sample>& samples) {
  double n = 0, x = 0, y = 0, xx = 0, xy = 0;
  for (const auto& sample : samples) {
    n += 1, x += sample.minutes, y += sample.resident_mb;
    xx += sample.minutes * sample.minutes, xy += sample.minutes * sample.resident_mb;
  }
  const double spread = n * xx - x * x;
  return spread == 0 ? 0 : (n * xy - x * y) / spread;
}

std::string body(std::string_view text, std::string_view members = {}) {
  return fmt::format(R"({{"model":"desk",{}"messages":[{{"role":"user","content":"{}"}}]}})", members, text);
}

void run_soak(double minutes) {
  const GatewaySetup setup({"--fixed", "2000"});
  const auto headers = fmt::format("Authorization: Bearer {}\r\n", setup.key());
  const auto post = [&headers](const std::string& text) { return post_request("/v1/chat/completions", headers, text); };
  const auto whole = post(body("How is the office printer added?"));
  const auto stream = post(body("Tell me more. [[tokens=64]]", R"("stream":true,)"));
  const auto broken = post(body("This one breaks. [[error-after=3]]", R"("stream":true,)"));
  const auto refused = post(R"({"model":"desk","messages":[]})");
  std::vector<Sample> samples;
  std::int64_t requests = 0;
  double printed = 0;
  const auto began = Clock::now();
  for (double now = 0; now < minutes; now = std::chrono::duration<double, std::ratio<60>>(Clock::now() - began).count()) {
    for (const auto& [request, count, connections] : {std::tuple{&whole, 4'000, 32}, {&stream, 400, 32}, {&broken, 50, 8}, {&refused, 200, 8}}) {
      const auto load = run_load(setup.port(), *request, connections, count);
      requests += load.requests;
      if ((request == &refused) != (load.failures == load.requests) || (load.failures > 0 && request != &refused)) {
        throw std::runtime_error(fmt::format("{} of {} calls were not answered as they should be", load.failures, load.requests));
      }
    }
    samples.push_back({now, setup.server().resident_mb()});
    if (now < printed) continue;
    printed = now + std::max(minutes / 10, 0.25);
    fmt::print(R"({{"benchmark":"soak","minutes":{:.1f},"requests":{},"resident_mb":{:.1f}}})" "\n", now, requests, samples.back().resident_mb);
    std::fflush(stdout);
  }
  std::erase_if(samples, [&](const Sample& sample) { return sample.minutes < minutes * warm_share; });
  const auto growth = slope(samples);
  fmt::print(R"({{"benchmark":"soak","minutes":{:.1f},"requests":{},"bar":"resident memory grows by <= {} MB a minute once warm","value":{:.3f},"met":{}}})" "\n",
             minutes, requests, megabytes_per_minute_max, growth, growth <= megabytes_per_minute_max);
}

}  // namespace

int main(int count, char** arguments) {
  try {
    run_soak(count > 1 ? std::max(std::atof(arguments[1]), 0.1) : 3);
  } catch (const std::exception& e) {
    fmt::print(stderr, "soak: {}\n", e.what());
    return 1;
  }
  return 0;
}
