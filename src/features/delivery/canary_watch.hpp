// Whether a canary does clearly worse than the release that serves beside it at the same time.
#pragma once

#include <string>

#include "features/delivery/delivery.hpp"

namespace millwright::delivery {

/// Half the width of a confidence sequence (Waudby-Smith et al.; as GrowthBook uses it) for a difference with standard
/// error `error` after `calls` calls of both arms: it may be looked at as often as one likes. Narrowest near
/// `calls_tuned`.
[[nodiscard]] double sequence_half_width(double error, double calls, double alpha, double calls_tuned);

struct CanaryVerdict {
  bool is_worse = false;
  std::string why;   // numbers, for people
};
/// Needs calls_min calls on both sides: no data is no reason.
[[nodiscard]] CanaryVerdict compare_arms(const ArmCount& canary, const ArmCount& control);

inline constexpr std::int64_t canary_calls_min = 30;

/// Counts the production calls of a use case since a moment, by release, from the ledger.
[[nodiscard]] Result<ArmCounts> count_ledger(finops::Accounts& accounts, const std::string& use_case, Timestamp since);

}  // namespace millwright::delivery
