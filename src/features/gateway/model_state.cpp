#include "features/gateway/model_state.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

#include "features/gateway/config.hpp"

namespace millwright::gateway {
namespace {

constexpr double failure_ms_min = 1'000;
constexpr std::uint32_t samples_min = 20, samples_max = 2'048;

struct Reading {
  double value;
  std::uint32_t time_ms;
};

Reading unpack(std::uint64_t packed) {
  return {std::bit_cast<float>(static_cast<std::uint32_t>(packed >> 32)), static_cast<std::uint32_t>(packed)};
}

std::uint64_t pack(double value, std::int64_t now_ms) {
  return static_cast<std::uint64_t>(std::bit_cast<std::uint32_t>(static_cast<float>(value))) << 32 |
         static_cast<std::uint32_t>(now_ms);
}

/// What remains of a value. Times wrap after 49 days, differences do not; another loop may be a little ahead.
double weight_left(std::uint32_t since_ms, std::int64_t now_ms) {
  const auto passed = static_cast<std::int32_t>(static_cast<std::uint32_t>(now_ms) - since_ms);
  return std::exp(-std::max(passed, 0) / PeakEwma::memory_ms);
}

}  // namespace

void PeakEwma::record(double value, std::int64_t now_ms) {
  auto packed = packed_.load(std::memory_order_relaxed);
  std::uint64_t next = 0;
  do {
    const auto before = unpack(packed);
    const auto weight = weight_left(before.time_ms, now_ms);
    const auto faded = before.value * weight;
    next = pack(value >= faded ? value : faded + value * (1 - weight), now_ms);
  } while (!packed_.compare_exchange_weak(packed, next, std::memory_order_relaxed));
}

double PeakEwma::value(std::int64_t now_ms) const {
  const auto read = unpack(packed_.load(std::memory_order_relaxed));
  return read.value == 0 ? 0 : read.value * weight_left(read.time_ms, now_ms);
}

void LatencyQuantiles::record(Duration duration) {
  const auto octaves = std::log2(static_cast<double>(std::max<std::int64_t>(duration.count(), 1)));
  const auto bucket = std::min(static_cast<std::size_t>(octaves * 4), buckets - 1);
  counts_[bucket].fetch_add(1, std::memory_order_relaxed);
  if (total_.fetch_add(1, std::memory_order_relaxed) + 1 < samples_max) return;
  std::uint32_t total = 0;
  for (auto& count : counts_) {
    const auto half = count.load(std::memory_order_relaxed) / 2;
    count.store(half, std::memory_order_relaxed);
    total += half;
  }
  total_.store(total, std::memory_order_relaxed);
}

std::optional<Duration> LatencyQuantiles::quantile(double share) const {
  std::array<std::uint32_t, buckets> counts{};
  std::uint32_t total = 0;
  for (std::size_t i = 0; i < buckets; ++i) total += counts[i] = counts_[i].load(std::memory_order_relaxed);
  if (total < samples_min) return std::nullopt;
  const auto wanted = static_cast<std::uint32_t>(std::ceil(share * total));
  std::uint32_t seen = 0;
  for (std::size_t i = 0; i < buckets; ++i) {
    seen += counts[i];
    if (seen >= wanted)
      return Duration(static_cast<std::int64_t>(std::ceil(std::exp2((static_cast<double>(i) + 1) / 4))));
  }
  return std::nullopt;
}

void ModelState::note(Wait wait, Duration took, std::int64_t now_ms) {
  ewma(wait).record(std::max<double>(static_cast<double>(took.count()), 1), now_ms);
  (wait == Wait::FirstToken ? first_token_quantiles_ : whole_quantiles_).record(took);
}

void ModelState::note_at_least(Wait wait, Duration waited, std::int64_t now_ms) {
  const auto value = static_cast<double>(waited.count());
  if (value > expected_ms(wait, now_ms)) ewma(wait).record(value, now_ms);
}

void ModelState::note_failure(Wait wait, Duration took, std::int64_t now_ms) {
  const auto known = expected_ms(wait, now_ms);
  ewma(wait).record(std::max({static_cast<double>(took.count()), 2 * known, failure_ms_min}), now_ms);
}

std::optional<Duration> ModelState::quantile(Wait wait, double share) const {
  return (wait == Wait::FirstToken ? first_token_quantiles_ : whole_quantiles_).quantile(share);
}

void ShareBucket::earn(int basis_points, std::int64_t burst) {
  const auto most = burst * whole;
  auto parts = parts_.load(std::memory_order_relaxed);
  std::int64_t next = 0;
  do {
    next = std::min(parts + basis_points, std::max(most, whole));
    if (next <= parts) return;
  } while (!parts_.compare_exchange_weak(parts, next, std::memory_order_relaxed));
}

bool ShareBucket::take() {
  auto parts = parts_.load(std::memory_order_relaxed);
  do {
    if (parts < whole) return false;
  } while (!parts_.compare_exchange_weak(parts, parts - whole, std::memory_order_relaxed));
  return true;
}

void SpendWindow::add(Money money, Duration window, Timestamp now) {
  const auto current = to_micros(now) / 1000 / std::max<std::int64_t>(window.count(), 1);
  auto known = window_.load(std::memory_order_relaxed);
  if (known != current && window_.compare_exchange_strong(known, current, std::memory_order_relaxed)) {
    nano_.store(0, std::memory_order_relaxed);
  }
  nano_.fetch_add(money.nano(), std::memory_order_relaxed);
}

Money SpendWindow::spent(Duration window, Timestamp now) const {
  const auto current = to_micros(now) / 1000 / std::max<std::int64_t>(window.count(), 1);
  if (window_.load(std::memory_order_relaxed) != current) return Money();
  return Money::from_nano(nano_.load(std::memory_order_relaxed));
}

std::shared_ptr<const RouteBoard> make_board(const GatewayConfig& config, const RouteBoard* before) {
  auto board = std::make_shared<RouteBoard>();
  const auto known = [](const auto& names, const auto& states, const std::string& name) {
    const auto found = std::ranges::find(names, name);
    return found == names.end() ? nullptr : states[static_cast<std::size_t>(found - names.begin())];
  };
  for (const auto& model : config.models) {
    auto state = before != nullptr ? known(before->model_names, before->models, model.name) : nullptr;
    board->model_names.push_back(model.name);
    board->models.push_back(state ? std::move(state) : std::make_shared<ModelState>());
  }
  for (const auto& route : config.routes) {
    auto state = before != nullptr ? known(before->route_names, before->routes, route.name) : nullptr;
    board->route_names.push_back(route.name);
    board->routes.push_back(state ? std::move(state) : std::make_shared<RouteState>(route.retry_budget.burst));
  }
  return board;
}

}  // namespace millwright::gateway
