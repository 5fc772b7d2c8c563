#include "features/evaluation/gates.hpp"

#include <algorithm>

namespace millwright::evaluation {
namespace {

bool has_tag(const JudgedCase& one, std::string_view tag) {
  return std::ranges::find(one.asked->tags, tag) != one.asked->tags.end();
}

GateResult count(std::string gate, std::span<const JudgedCase> cases, std::string_view tag) {
  GateResult result{.gate = std::move(gate), .verdict = Verdict::Pass};
  for (const JudgedCase& one : cases) {
    if (!tag.empty() && !has_tag(one, tag)) continue;
    if (one.candidate->errored) ++result.errored;
    else if (is_passed(*one.candidate)) ++result.passed;
    else ++result.failed;
  }
  result.interval = wilson_interval(result.passed, result.passed + result.failed);
  return result;
}

void conclude(GateResult& result, Verdict verdict, std::string rule, std::string why) {
  result.verdict = verdict;
  result.rule = std::move(rule);
  result.why = std::move(why);
}

double share(std::int64_t part, std::int64_t whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

/// Cases that both answered, and how they differ.
struct Pairs {
  std::int64_t both = 0, worse = 0, better = 0;
  [[nodiscard]] double drop() const { return share(worse - better, both); }
};
Pairs pair_up(std::span<const JudgedCase> cases, std::string_view tag) {
  Pairs pairs;
  for (const JudgedCase& one : cases) {
    if (one.baseline == nullptr || one.candidate->errored || one.baseline->errored) continue;
    if (!tag.empty() && !has_tag(one, tag)) continue;
    ++pairs.both;
    if (is_passed(*one.baseline) && !is_passed(*one.candidate)) ++pairs.worse;
    if (!is_passed(*one.baseline) && is_passed(*one.candidate)) ++pairs.better;
  }
  return pairs;
}

std::string rate_text(const GateResult& result) {
  const std::int64_t answered = result.passed + result.failed;
  return fmt::format("{} of {} cases passed ({:.1f} %, 95 % interval {:.1f} to {:.1f} %)", result.passed, answered,
                     100 * share(result.passed, answered), 100 * result.interval.low, 100 * result.interval.high);
}

}  // namespace

bool is_passed(const CaseResult& result) {
  return !result.errored && std::ranges::all_of(result.grades, &Grade::passed);
}

GateResult judge_quality(std::span<const JudgedCase> cases, const GateBounds& bounds) {
  GateResult result = count("quality", cases, "quality");
  const std::int64_t answered = result.passed + result.failed;
  const std::string rate = rate_text(result);
  const double bound = 100 * bounds.quality_pass_rate_min;
  if (answered == 0) {
    conclude(result, Verdict::Inconclusive, "quality.cases", "no quality case was answered, so nothing is known");
    return result;
  }
  std::int64_t all_answered = 0;
  for (const JudgedCase& one : cases) all_answered += one.candidate->errored ? 0 : 1;
  if (all_answered < bounds.cases_min) {
    // So few cases can condemn, when even their best reading is too low, but never acquit.
    const bool is_hopeless = result.interval.high < bounds.quality_pass_rate_min;
    conclude(result, is_hopeless ? Verdict::Fail : Verdict::Inconclusive, "cases_min",
             fmt::format("{}; only {} cases were answered and at least {} are needed for a verdict", rate, all_answered,
                         bounds.cases_min));
    return result;
  }
  if (share(result.passed, answered) < bounds.quality_pass_rate_min) {
    conclude(result, Verdict::Fail, "quality.pass_rate_min", fmt::format("{}; at least {:.1f} % is required", rate, bound));
    return result;
  }
  const Pairs pairs = pair_up(cases, "quality");
  if (pairs.both > 0 && pairs.drop() > bounds.quality_drop_max) {
    const double p = mcnemar_exact(pairs.worse, pairs.better);
    const bool is_certain = p < 0.05;
    std::string why = fmt::format(
        "{} passed cases now fail and {} failed ones now pass: a fall of {:.1f} points against what is live, where {:.1f} "
        "are allowed (p = {:.3f})", pairs.worse, pairs.better, 100 * pairs.drop(), 100 * bounds.quality_drop_max, p);
    if (!is_certain) {
      why += fmt::format("; chance cannot be excluded: about {} paired cases would settle it",
                         mcnemar_pairs_needed(pairs.drop(), share(pairs.worse + pairs.better, pairs.both)));
    }
    conclude(result, is_certain ? Verdict::Fail : Verdict::Inconclusive, "quality.drop_max", std::move(why));
    return result;
  }
  conclude(result, Verdict::Pass, "quality.pass_rate_min", fmt::format("{}; {:.1f} % is required", rate, bound));
  return result;
}

GateResult judge_safety(std::span<const JudgedCase> cases, const GateBounds& bounds) {
  GateResult result = count("safety", cases, "safety");
  const std::int64_t answered = result.passed + result.failed;
  if (result.failed > bounds.safety_failures_max) {
    conclude(result, Verdict::Fail, "safety.failures_max",
             fmt::format("{} of {} safety cases failed; {} are allowed", result.failed, answered,
                         bounds.safety_failures_max));
  } else if (answered == 0) {
    conclude(result, Verdict::Inconclusive, "safety.cases",
             "no safety case was answered: tag cases of the suite with \"safety\"");
  } else if (result.failed == 0) {
    conclude(result, Verdict::Pass, "safety.failures_max",
             fmt::format("none of {} safety cases failed, which leaves a failure rate up to {:.1f} % plausible", answered,
                         100 * zero_failures_upper(answered)));
  } else {
    conclude(result, Verdict::Pass, "safety.failures_max",
             fmt::format("{} of {} safety cases failed; {} are allowed", result.failed, answered,
                         bounds.safety_failures_max));
  }
  return result;
}

GateResult judge_operations(std::span<const JudgedCase> cases, const GateBounds& bounds) {
  GateResult result = count("operations", cases, {});
  std::vector<std::int64_t> latencies;
  Money cost;
  std::int64_t tagged_failed = 0;
  for (const JudgedCase& one : cases) {
    cost += one.candidate->cost;
    if (one.candidate->errored) continue;
    latencies.push_back(one.candidate->latency_ms);
    if (has_tag(one, "operations") && !is_passed(*one.candidate)) ++tagged_failed;
  }
  const auto asked = static_cast<std::int64_t>(cases.size());
  const double errors = share(result.errored, asked);
  const std::int64_t p95 = percentile_95(std::move(latencies));
  const Money each = asked == 0 ? Money() : Money::from_nano(cost.nano() / asked);
  if (asked == 0 || result.errored == asked) {
    conclude(result, asked == 0 ? Verdict::Inconclusive : Verdict::Fail, "operations.error_rate_max",
             "no case was answered");
  } else if (errors > bounds.error_rate_max) {
    conclude(result, Verdict::Fail, "operations.error_rate_max",
             fmt::format("{} of {} cases ended in an error ({:.1f} %); {:.1f} % is allowed", result.errored, asked,
                         100 * errors, 100 * bounds.error_rate_max));
  } else if (p95 > bounds.latency_ms_p95_max) {
    conclude(result, Verdict::Fail, "operations.latency_p95_max",
             fmt::format("95 in 100 answers took up to {} ms; {} ms is allowed", p95, bounds.latency_ms_p95_max));
  } else if (bounds.cost_per_case_max.nano() > 0 && each > bounds.cost_per_case_max) {
    conclude(result, Verdict::Fail, "operations.cost_per_case_max",
             fmt::format("a case cost {} USD on average; {} USD is allowed", render_decimal(each),
                         render_decimal(bounds.cost_per_case_max)));
  } else if (tagged_failed > 0) {
    conclude(result, Verdict::Fail, "operations.cases", fmt::format("{} operations cases failed", tagged_failed));
  } else {
    conclude(result, Verdict::Pass, "operations.latency_p95_max",
             fmt::format("95 in 100 answers took up to {} ms of {} ms allowed, {} of {} cases ended in an error, a case "
                         "cost {} USD on average", p95, bounds.latency_ms_p95_max, result.errored, asked,
                         render_decimal(each)));
  }
  return result;
}

Verdict worst_of(std::span<const GateResult> gates) {
  if (gates.empty()) return Verdict::Inconclusive;
  Verdict worst = Verdict::Pass;
  for (const GateResult& gate : gates) {
    if (gate.verdict == Verdict::Fail) return Verdict::Fail;
    if (gate.verdict == Verdict::Inconclusive) worst = Verdict::Inconclusive;
  }
  return worst;
}

std::int64_t percentile_95(std::vector<std::int64_t> values) {
  if (values.empty()) return 0;
  std::ranges::sort(values);
  return values[(values.size() * 95 + 99) / 100 - 1];
}

void judge(Report& report, std::span<const JudgedCase> cases, const GateBounds& bounds) {
  report.gates = {judge_quality(cases, bounds), judge_safety(cases, bounds), judge_operations(cases, bounds)};
  report.verdict = worst_of(report.gates);
  std::vector<std::int64_t> latencies;
  report.cost = Money();
  for (const JudgedCase& one : cases) {
    report.cost += one.candidate->cost;
    if (!one.candidate->errored) latencies.push_back(one.candidate->latency_ms);
    if (one.baseline == nullptr || one.candidate->errored || one.baseline->errored) continue;
    const bool was = is_passed(*one.baseline), is = is_passed(*one.candidate);
    if (was && !is) report.flipped_worse.push_back(one.candidate->id);
    if (!was && is) report.flipped_better.push_back(one.candidate->id);
  }
  report.latency_ms_p95 = percentile_95(std::move(latencies));
  report.p_value = mcnemar_exact(static_cast<std::int64_t>(report.flipped_worse.size()),
                                 static_cast<std::int64_t>(report.flipped_better.size()));
}

}  // namespace millwright::evaluation
