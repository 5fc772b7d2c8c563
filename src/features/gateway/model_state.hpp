// What is known of models and routes while they run: calls in flight, how long answers take lately, what may still be
// retried or hedged. Counters of all loops; no locks, and every function is given the time, so that a simulation can.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/money.hpp"
#include "base/time.hpp"

namespace millwright::gateway {

struct GatewayConfig;

/// A moving estimate that follows a rise at once and a fall slowly, and fades with time: who was slow is asked again
/// some day.
class PeakEwma {
 public:
  static constexpr double memory_ms = 10'000;  // a value fades to 1/e in this time
  void record(double value, std::int64_t now_ms);
  [[nodiscard]] double value(std::int64_t now_ms) const;

 private:
  std::atomic<std::uint64_t> packed_{0};  // value as float, time in ms
};

/// Quantiles of durations, to a fifth of their value; the older half counts half when it is full.
class LatencyQuantiles {
 public:
  void record(Duration duration);
  /// Nothing before there are 20 samples.
  [[nodiscard]] std::optional<Duration> quantile(double share) const;

 private:
  static constexpr std::size_t buckets = 80;  // four an octave, from 1 ms
  std::array<std::atomic<std::uint32_t>, buckets> counts_{};
  std::atomic<std::uint32_t> total_{0};
};

/// Counts a call for as long as it lives; nothing when empty.
class Counted {
 public:
  Counted() = default;
  explicit Counted(std::atomic<std::int64_t>& count) : count_(&count) { count.fetch_add(1, std::memory_order_relaxed); }
  ~Counted() {
    if (count_ != nullptr) count_->fetch_sub(1, std::memory_order_relaxed);
  }
  Counted(Counted&& other) noexcept : count_(std::exchange(other.count_, nullptr)) {}
  Counted& operator=(Counted&& other) noexcept {
    std::swap(count_, other.count_);
    return *this;
  }

 private:
  std::atomic<std::int64_t>* count_ = nullptr;
};

/// What is waited for: a stream's first content, or a whole answer.
enum class Wait : std::uint8_t { FirstToken, Whole };

class ModelState {
 public:
  /// A call begins; it ends with what is returned.
  [[nodiscard]] Counted begin() { return Counted(in_flight_); }
  void note(Wait wait, Duration took, std::int64_t now_ms);
  /// It was given up after so long: it takes longer than that.
  void note_at_least(Wait wait, Duration waited, std::int64_t now_ms);
  /// A failure that comes fast must not look like speed.
  void note_failure(Wait wait, Duration took, std::int64_t now_ms);

  [[nodiscard]] std::int64_t in_flight() const { return in_flight_.load(std::memory_order_relaxed); }
  /// 0: nothing is known, or all of it has faded.
  [[nodiscard]] double expected_ms(Wait wait, std::int64_t now_ms) const { return ewma(wait).value(now_ms); }
  [[nodiscard]] std::optional<Duration> quantile(Wait wait, double share) const;

 private:
  [[nodiscard]] const PeakEwma& ewma(Wait wait) const { return wait == Wait::FirstToken ? first_token_ : whole_; }
  [[nodiscard]] PeakEwma& ewma(Wait wait) { return wait == Wait::FirstToken ? first_token_ : whole_; }

  std::atomic<std::int64_t> in_flight_{0};
  PeakEwma first_token_, whole_;
  LatencyQuantiles first_token_quantiles_, whole_quantiles_;
};

/// Lets through a share of what it sees, and some at once.
class ShareBucket {
 public:
  explicit ShareBucket(std::int64_t burst) : parts_(burst * whole) {}
  /// A request came: it earns its share, up to `burst`.
  void earn(int basis_points, std::int64_t burst);
  /// True when one may have it.
  [[nodiscard]] bool take();
  [[nodiscard]] double left() const { return static_cast<double>(parts_.load(std::memory_order_relaxed)) / whole; }

 private:
  static constexpr std::int64_t whole = 10'000;
  std::atomic<std::int64_t> parts_;
};

/// What was spent in the running window, which is aligned to the clock.
class SpendWindow {
 public:
  void add(Money money, Duration window, Timestamp now);
  [[nodiscard]] Money spent(Duration window, Timestamp now) const;

 private:
  std::atomic<std::int64_t> window_{0}, nano_{0};
};

/// Hedges that may come before the share counts.
inline constexpr std::int64_t hedge_burst = 10;

struct RouteState {
  std::atomic<std::int64_t> in_flight{0};  // at the route's own models
  ShareBucket retries, hedges{hedge_burst}, shadows{1};
  SpendWindow spend, shadow_spend;
  explicit RouteState(std::int64_t retry_burst) : retries(retry_burst) {}
};

/// The states of a configuration's models and routes, in its order.
struct RouteBoard {
  std::vector<std::string> model_names, route_names;
  std::vector<std::shared_ptr<ModelState>> models;
  std::vector<std::shared_ptr<RouteState>> routes;
};
/// Keeps what `before` knows of the names that stay.
[[nodiscard]] std::shared_ptr<const RouteBoard> make_board(const GatewayConfig& config, const RouteBoard* before);

/// Milliseconds of a clock that never goes back.
[[nodiscard]] inline std::int64_t steady_ms(std::chrono::steady_clock::time_point time) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count();
}

}  // namespace millwright::gateway
