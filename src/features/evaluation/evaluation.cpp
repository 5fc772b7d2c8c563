#include "features/evaluation/evaluation.hpp"

#include <algorithm>
#include <atomic>

#include "base/text.hpp"
#include "features/evaluation/evaluation_sql.hpp"
#include "features/evaluation/gates.hpp"
#include "features/evaluation/report_store.hpp"
#include "features/evaluation/runner.hpp"

namespace millwright::evaluation {
namespace {

class LocalEvaluation final : public Evaluation {
 public:
  explicit LocalEvaluation(EvaluationParts parts)
      : parts_(std::move(parts)), store_(*parts_.database, *parts_.writer) {}

  void replace_suites(std::vector<Suite> suites) override {
    suites_.store(std::make_shared<const std::vector<Suite>>(std::move(suites)));
  }
  std::vector<Suite> suites() const override { return *suites_.load(); }

  Result<Report> run(std::string_view suite_name, std::string_view use_case, const gateway::LiveRelease& candidate,
                     const std::optional<gateway::LiveRelease>& baseline,
                     const std::function<void(std::int64_t, std::int64_t)>& progress) override {
    const auto suites = suites_.load();   // keeps the suite alive while it runs
    auto suite = find_suite(*suites, suite_name);
    if (!suite) return pass(suite);
    auto bounds = bounds_of(use_case);
    if (!bounds) return pass(bounds);
    Report report{.id = Id::generate(), .use_case = std::string(use_case), .suite = (*suite)->name,
                  .release = candidate.id, .baseline = baseline ? baseline->id : std::string(),
                  .suite_digest = (*suite)->digest, .started = parts_.clock->now()};
    RunResults results = run_cases({.suite = *suite, .use_case = std::string(use_case), .candidate = candidate,
                                    .baseline = baseline, .graders = parts_.graders,
                                    .concurrency = parts_.concurrency, .ask = parts_.ask, .progress = progress});
    std::vector<JudgedCase> judged;
    for (std::size_t i = 0; i < (*suite)->cases.size(); ++i) {
      judged.push_back({&(*suite)->cases[i], &results.candidate[i], baseline ? &results.baseline[i] : nullptr});
    }
    judge(report, judged, *bounds);
    report.finished = parts_.clock->now();
    report.cases = std::move(results.candidate);
    auto stored = store_.insert(report, **suite);
    if (!stored) return pass(stored);
    return report;
  }

  Result<Report> load(Id report) const override { return store_.load(report); }
  Result<std::vector<Report>> list(std::string_view use_case, std::size_t limit) const override {
    return store_.list(use_case, limit);
  }

 private:
  static Result<const Suite*> find_suite(const std::vector<Suite>& suites, std::string_view name) {
    const auto found = std::ranges::find(suites, name, &Suite::name);
    if (found != suites.end()) return &*found;
    auto missing = fail(ErrorCode::NotFound, "there is no suite named \"{}\"", name);
    std::vector<std::string_view> names;
    for (const Suite& suite : suites) names.push_back(suite.name);
    if (const auto nearest = nearest_name(name, names)) missing.error().fix = fmt::format("did you mean \"{}\"?", *nearest);
    return missing;
  }
  Result<GateBounds> bounds_of(std::string_view use_case) const {
    const auto state = parts_.state();
    if (state == nullptr) return fail(ErrorCode::Unavailable, "the gateway has no configuration yet");
    const auto& use_cases = state->config.use_cases;
    const auto found = std::ranges::find(use_cases, use_case, &gateway::UseCaseConfig::name);
    if (found == use_cases.end()) return fail(ErrorCode::NotFound, "there is no use case named \"{}\"", use_case);
    return parse_gates(found->gates, found->tier);
  }

  EvaluationParts parts_;
  ReportStore store_;
  std::atomic<std::shared_ptr<const std::vector<Suite>>> suites_{std::make_shared<const std::vector<Suite>>()};
};

}  // namespace

std::unique_ptr<Evaluation> make_evaluation(EvaluationParts parts) {
  if (gateway::Gateway* gateway = parts.gateway; gateway != nullptr) {
    if (!parts.ask) parts.ask = [gateway](gateway::ChatCall call) { return gateway->chat_blocking(std::move(call)); };
    if (!parts.state) parts.state = [gateway] { return gateway->state(); };
  }
  ensure(parts.ask && parts.state, "an evaluation needs a gateway, or what stands in for it");
  return std::make_unique<LocalEvaluation>(std::move(parts));
}

std::span<const store::Migration> migrations() { return sql::migrations; }

}  // namespace millwright::evaluation
