// The three gates: from the results of cases to a verdict with its reasons.
#pragma once

#include <span>
#include <vector>

#include "features/evaluation/evaluation.hpp"

namespace millwright::evaluation {

/// One case with what came of it; `baseline` is absent when none was run.
struct JudgedCase {
  const Case* asked = nullptr;
  const CaseResult* candidate = nullptr;
  const CaseResult* baseline = nullptr;
};

/// The one rule for a case: an answer came, and every check on it passed.
[[nodiscard]] bool is_passed(const CaseResult& result);

[[nodiscard]] GateResult judge_quality(std::span<const JudgedCase> cases, const GateBounds& bounds);
[[nodiscard]] GateResult judge_safety(std::span<const JudgedCase> cases, const GateBounds& bounds);
[[nodiscard]] GateResult judge_operations(std::span<const JudgedCase> cases, const GateBounds& bounds);

/// The worst of them; none is inconclusive.
[[nodiscard]] Verdict worst_of(std::span<const GateResult> gates);

/// The value that 95 in 100 do not exceed (nearest rank); 0 without values.
[[nodiscard]] std::int64_t percentile_95(std::vector<std::int64_t> values);

/// Fills the report from its cases: gates, verdict, what flipped, p value, latency, cost.
void judge(Report& report, std::span<const JudgedCase> cases, const GateBounds& bounds);

}  // namespace millwright::evaluation
