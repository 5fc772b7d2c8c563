#include "features/delivery/canary_watch.hpp"

#include <cmath>

namespace millwright::delivery {
namespace {

constexpr double alpha = 0.05;
constexpr double calls_tuned = 1'000;
constexpr std::size_t page_rows = 1'000;
constexpr std::size_t rows_max = 20'000;   // newest rows counted

/// Variance of a rate, as if one success and one failure more had been seen: never zero.
double smoothed_variance(const ArmCount& arm) {
  const double n = static_cast<double>(arm.calls) + 2;
  const double p = (static_cast<double>(arm.failures) + 1) / n;
  return p * (1 - p) / n;
}

double rate(const ArmCount& arm) { return static_cast<double>(arm.failures) / static_cast<double>(arm.calls); }

}  // namespace

double sequence_half_width(double error, double calls, double alpha_level, double tuned) {
  const double log_alpha = std::log(alpha_level);
  const double r2 = (-2 * log_alpha + std::log(-2 * log_alpha + 1)) / tuned;
  const double grown = calls * r2 + 1;
  return error * std::sqrt(calls) * std::sqrt(2 * grown / (calls * calls * r2) * std::log(std::sqrt(grown) / alpha_level));
}

CanaryVerdict compare_arms(const ArmCount& canary, const ArmCount& control) {
  if (canary.calls < canary_calls_min || control.calls < canary_calls_min) return {};
  const double difference = rate(canary) - rate(control);
  const double error = std::sqrt(smoothed_variance(canary) + smoothed_variance(control));
  const double half = sequence_half_width(error, static_cast<double>(canary.calls + control.calls), alpha, calls_tuned);
  if (difference - half <= 0) return {};
  return {true, fmt::format("{} of {} calls failed on the canary and {} of {} beside it: {:.1f} points more, at least {:.1f} "
                            "of them beyond chance", canary.failures, canary.calls, control.failures, control.calls,
                            100 * difference, 100 * (difference - half))};
}

Result<ArmCounts> count_ledger(finops::Accounts& accounts, const std::string& use_case, Timestamp since) {
  ArmCounts counts;
  finops::LedgerQuery query{.use_case = use_case, .from = since, .limit = page_rows};
  for (std::size_t read = 0; read < rows_max;) {
    auto page = accounts.list(query);
    if (!page) return pass(page);
    for (const finops::LedgerRow& row : page->rows) {
      if (row.facts.surface == "evaluation") continue;
      ArmCount& arm = counts[row.facts.release];
      ++arm.calls;
      if (row.status == telemetry::TraceStatus::Failed) ++arm.failures;
    }
    read += page->rows.size();
    if (page->next_cursor.empty() || page->rows.empty()) break;
    query.cursor = page->next_cursor;
  }
  return counts;
}

}  // namespace millwright::delivery
