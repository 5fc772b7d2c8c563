#include "features/gateway/semantic_advice.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>

namespace millwright::gateway {
namespace {

constexpr std::array<int, 13> shown_percents{50, 55, 60, 65, 70, 75, 80, 85, 90, 95, 97, 99, 100};
constexpr int percent_min = 50, percent_max = 100;
constexpr double z = 1.6449;  // 19 in 20, one-sided

/// Wilson's lower bound of a share.
double least_share(std::int64_t part, std::int64_t whole) {
  if (whole == 0) return 0;
  const auto n = static_cast<double>(whole);
  const auto share = static_cast<double>(part) / n;
  const auto middle = share + z * z / (2 * n);
  const auto spread = z * std::sqrt(share * (1 - share) / n + z * z / (4 * n * n));
  return std::clamp((middle - spread) / (1 + z * z / n), 0.0, 1.0);
}

/// The fewest samples, all right, that speak for a target.
std::int64_t samples_needed(double target) {
  return static_cast<std::int64_t>(std::ceil(z * z * target / (1 - target)));
}

}  // namespace

ThresholdPoint point_at(std::span<const JudgedPair> pairs, int threshold_percent) {
  constexpr double rounding = 1e-9;
  ThresholdPoint point;
  point.threshold_percent = threshold_percent;
  std::int64_t all_right = 0;
  for (const auto& pair : pairs) {
    all_right += pair.is_right ? 1 : 0;
    if (pair.is_refused || pair.likeness * 100 + rounding < threshold_percent) continue;
    ++point.shared;
    point.right += pair.is_right ? 1 : 0;
  }
  const auto share = [&point](std::int64_t whole) {
    return whole == 0 ? 0.0 : static_cast<double>(point.right) / static_cast<double>(whole);
  };
  point.precision = share(point.shared);
  point.precision_least = least_share(point.right, point.shared);
  point.recall = share(all_right);
  return point;
}

std::vector<ThresholdPoint> threshold_curve(std::span<const JudgedPair> pairs) {
  std::vector<ThresholdPoint> curve;
  for (const int percent : shown_percents) curve.push_back(point_at(pairs, percent));
  return curve;
}

ThresholdAdvice advise_threshold(std::span<const JudgedPair> pairs, int precision_percent) {
  const auto target = std::clamp(precision_percent, 1, 99) / 100.0;
  for (int percent = percent_min; percent <= percent_max; ++percent) {
    const auto point = point_at(pairs, percent);
    if (point.precision_least < target) continue;
    return {point, fmt::format("at {} percent {} of {} samples were right", percent, point.right, point.shared)};
  }
  const auto needed = samples_needed(target);
  const auto shared = point_at(pairs, percent_min).shared;
  if (shared < needed) {
    return {std::nullopt, fmt::format("{} samples are too few for {} percent: at least {}, all right, are needed",
                                      shared, precision_percent, needed)};
  }
  return {std::nullopt,
          fmt::format("no threshold of {} samples reaches {} percent for certain", shared, precision_percent)};
}

}  // namespace millwright::gateway
