// The numbers a gate rests on.
#include <algorithm>
#include <cmath>

#include "features/evaluation/evaluation.hpp"

namespace millwright::evaluation {

Interval wilson_interval(std::int64_t successes, std::int64_t trials, double z) {
  if (trials <= 0) return {0, 1};
  const double n = static_cast<double>(trials);
  const double p = static_cast<double>(successes) / n;
  const double centre = (p + z * z / (2 * n)) / (1 + z * z / n);
  const double half = z * std::sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n);
  return {std::max(0.0, centre - half), std::min(1.0, centre + half)};
}

double mcnemar_exact(std::int64_t b, std::int64_t c) {
  const std::int64_t pairs = b + c;
  if (pairs <= 0) return 1;
  // Sums binomial probabilities in logarithms: C(n, i) leaves the range of a double near n = 1,000.
  const double log_half_power = -static_cast<double>(pairs) * std::log(2.0);
  double sum = 0;
  for (std::int64_t i = 0; i <= std::min(b, c); ++i) {
    const double log_choose = std::lgamma(static_cast<double>(pairs) + 1) - std::lgamma(static_cast<double>(i) + 1) -
                              std::lgamma(static_cast<double>(pairs - i) + 1);
    sum += std::exp(log_choose + log_half_power);
  }
  return std::min(1.0, 2 * sum);
}

std::int64_t mcnemar_pairs_needed(double difference, double discordance) {
  constexpr double z_alpha = 1.959963984540054;
  constexpr double z_power = 0.8416212335729143;
  if (difference <= 0 || discordance < difference) return 0;
  const double root = z_alpha * std::sqrt(discordance) + z_power * std::sqrt(discordance - difference * difference);
  return static_cast<std::int64_t>(std::ceil(root * root / (difference * difference)));
}

double zero_failures_upper(std::int64_t trials) {
  return trials <= 0 ? 1 : std::min(1.0, 3.0 / static_cast<double>(trials));
}

}  // namespace millwright::evaluation
