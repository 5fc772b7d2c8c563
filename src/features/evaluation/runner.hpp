// Asks every case of a suite, several at a time, and grades the answers.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "features/evaluation/evaluation.hpp"

namespace millwright::evaluation {

struct RunPlan {
  const Suite* suite = nullptr;
  std::string use_case;
  gateway::LiveRelease candidate;
  std::optional<gateway::LiveRelease> baseline;
  const Graders* graders = nullptr;
  std::size_t concurrency = 4;
  std::function<gateway::ChatOutcome(gateway::ChatCall)> ask;
  std::function<void(std::int64_t, std::int64_t)> progress;   // called by one thread at a time
};
/// In the order of the suite. Candidate and baseline of a case are asked one right after the other, in turns, so that
/// both meet the same weather.
struct RunResults {
  std::vector<CaseResult> candidate, baseline;
};
/// Blocks until all are asked.
[[nodiscard]] RunResults run_cases(const RunPlan& plan);

/// One question as one call, by an application of the evaluation's own, for the case's reader. InvalidInput when the
/// question is no valid request.
[[nodiscard]] Result<gateway::ChatCall> make_call(const Case& one, const std::string& use_case,
                                                  const gateway::LiveRelease& release);

/// What graders see of an outcome.
[[nodiscard]] Answer answer_of(const gateway::ChatOutcome& outcome);

/// Grades one answer. A refusal by policy or guard is an answer; any other error is an error of the case.
[[nodiscard]] CaseResult grade_case(const Case& one, const gateway::ChatOutcome& outcome, const Graders& graders);

}  // namespace millwright::evaluation
