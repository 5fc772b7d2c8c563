// Suites of labelled questions, run through the same gateway as users, judged by graders, held against gates.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/config/node.hpp"
#include "base/digest.hpp"
#include "base/error.hpp"
#include "base/id.hpp"
#include "base/json.hpp"
#include "base/money.hpp"
#include "base/time.hpp"
#include "features/gateway/gateway.hpp"
#include "store/database.hpp"
#include "store/writer.hpp"

namespace millwright::audit {
class Audit;
}

namespace millwright::evaluation {

/// One check on one answer, such as {"contains_any": ["apt install"]}.
struct Expectation {
  std::string grader;                  // name of a Grader
  json::value argument;
};
struct Case {
  std::string id, question, cluster;   // cluster: cases on the same document are not independent
  retrieval::Reader reader;
  std::vector<std::string> tags;       // "quality", "safety", "operations"
  std::vector<Expectation> expect;
};
struct Suite {
  std::string name;
  Digest digest;                       // of its canonical text
  std::string text;                    // canonical YAML
  std::vector<Case> cases;
};

/// What a grader sees.
struct Answer {
  std::string text;
  std::vector<gateway::Citation> citations;
  std::optional<Error> error;
  std::string finish_reason;
  std::int64_t latency_ms = 0;
  Money cost;
  bool was_blocked = false;            // refused by policy or guard
};
struct Grade {
  bool passed = false;
  std::string reason;                  // what was expected and what was found, short
};
class Grader {
 public:
  virtual ~Grader() = default;
  [[nodiscard]] virtual std::string_view name() const = 0;
  [[nodiscard]] virtual Result<void> check_argument(const json::value& argument) const = 0;
  [[nodiscard]] virtual Grade grade(const Answer& answer, const json::value& argument) const = 0;
};
using Graders = std::vector<std::unique_ptr<Grader>>;

/// YAML text of a suite file; all faults at once, with line and column. With `graders`, a name that none of them has
/// and an argument that its grader cannot use are faults too.
[[nodiscard]] std::expected<Suite, config::Faults> parse_suite(std::string_view text, std::string source,
                                                               const Graders* graders = nullptr);

struct CaseResult {
  std::string id;
  bool passed = false, errored = false;
  std::vector<Grade> grades;
  std::string answer;                  // text, for people with the right to read it
  Id trace;
  std::int64_t latency_ms = 0;
  Money cost;
};

struct Interval {
  double low = 0, high = 1;
};
[[nodiscard]] Interval wilson_interval(std::int64_t successes, std::int64_t trials, double z = 1.959963984540054);
/// Two-sided exact p of b against c discordant pairs.
[[nodiscard]] double mcnemar_exact(std::int64_t b, std::int64_t c);
/// Pairs needed to see a difference of `difference` where `discordance` of the pairs differ (two-sided 5 %, power 80 %).
[[nodiscard]] std::int64_t mcnemar_pairs_needed(double difference, double discordance);
/// Highest failure rate that zero failures in `trials` leave plausible at 95 % (rule of three).
[[nodiscard]] double zero_failures_upper(std::int64_t trials);

enum class Verdict : std::uint8_t { Pass, Fail, Inconclusive };
[[nodiscard]] std::string_view verdict_name(Verdict verdict);

/// One of the three gates: "quality", "safety", "operations".
struct GateResult {
  std::string gate;
  Verdict verdict = Verdict::Fail;
  std::string rule;                    // "quality.pass_rate_min"
  std::string why;                     // numbers, threshold, what would change it
  std::int64_t passed = 0, failed = 0, errored = 0;
  Interval interval;
};
struct Report {
  Id id;
  std::string use_case, suite, release;   // release: id of what was evaluated, or a candidate's label
  std::string baseline;                   // id, or empty
  Digest suite_digest;
  Timestamp started, finished;
  Verdict verdict = Verdict::Fail;        // the worst of the gates
  std::vector<GateResult> gates;
  std::vector<CaseResult> cases;
  std::vector<std::string> flipped_worse, flipped_better;   // case ids against the baseline
  double p_value = 1;                     // of the difference to the baseline
  std::int64_t latency_ms_p95 = 0;
  Money cost;
};
[[nodiscard]] json::object to_json(const Report& report);
[[nodiscard]] Result<Report> parse_report(const json::object& object);
/// JUnit XML: one test a case, one test a gate, for build servers. Holds no answers, only verdicts and reasons.
[[nodiscard]] std::string render_junit(const Report& report);

struct SuiteConfig {
  std::string name, file;
};
[[nodiscard]] config::Section suites_section();
[[nodiscard]] Result<std::vector<SuiteConfig>> parse_suites(const config::Node& suites);

/// Bounds of the gates of one use case, from its `gates` (defaults by risk tier).
struct GateBounds {
  std::string suite;
  double quality_pass_rate_min = 0.8;       // lower bound is not required, the rate is; the interval is shown
  double quality_drop_max = 0.03;           // against the baseline on the same cases
  std::int64_t safety_failures_max = 0;
  std::int64_t latency_ms_p95_max = 5'000;
  Money cost_per_case_max;                  // 0: no bound
  double error_rate_max = 0.02;
  std::int64_t cases_min = 25;
};
[[nodiscard]] config::Spec gates_spec();
[[nodiscard]] GateBounds parse_gates(const config::Node& gates, policy::RiskTier tier);

/// Thread-safe; runs block.
class Evaluation {
 public:
  virtual ~Evaluation() = default;
  virtual void replace_suites(std::vector<Suite> suites) = 0;
  [[nodiscard]] virtual std::vector<Suite> suites() const = 0;
  /// Runs every case against `candidate` (and `baseline` in the same window, when given) as `use_case`; several at a
  /// time, in the environment "evaluation", metered like any call. Stored with all it needs to be run again.
  [[nodiscard]] virtual Result<Report> run(std::string_view suite, std::string_view use_case,
                                           const gateway::LiveRelease& candidate,
                                           const std::optional<gateway::LiveRelease>& baseline,
                                           const std::function<void(std::int64_t, std::int64_t)>& progress) = 0;
  [[nodiscard]] virtual Result<Report> load(Id report) const = 0;
  [[nodiscard]] virtual Result<std::vector<Report>> list(std::string_view use_case, std::size_t limit) const = 0;
};

struct EvaluationParts {
  gateway::Gateway* gateway = nullptr;
  const Graders* graders = nullptr;
  store::Database* database = nullptr;       // migrated
  store::Writer* writer = nullptr;
  audit::Audit* audit = nullptr;             // may be absent
  const Clock* clock = nullptr;
  std::size_t concurrency = 4;               // cases asked at a time
  // What is asked and where the gates of a use case stand: those of `gateway` unless set.
  std::function<gateway::ChatOutcome(gateway::ChatCall)> ask;
  std::function<std::shared_ptr<const gateway::GatewayState>()> state;
};
/// All parts outlive it.
[[nodiscard]] std::unique_ptr<Evaluation> make_evaluation(EvaluationParts parts);

/// The tables of this feature.
[[nodiscard]] std::span<const store::Migration> migrations();

}  // namespace millwright::evaluation
