#include "features/evaluation/evaluation.hpp"

#include <atomic>
#include <mutex>
#include <set>

#include <gmock/gmock.h>

#include "features/evaluation/evaluation_sql.hpp"
#include "features/evaluation/test_graders.hpp"
#include "tests/support/database.hpp"

namespace millwright::evaluation {
namespace {

using testing::HasSubstr;

/// Stands in for the gateway: answers by release and question, and remembers who asked.
struct ScriptedGateway {
  std::map<std::pair<std::string, std::string>, std::string> answers;   // (release, question) → text
  std::mutex mutex;
  std::vector<gateway::ChatCall> calls;
  std::atomic<int> running = 0, most_running = 0;

  gateway::ChatOutcome chat(gateway::ChatCall call) {
    const int now = ++running;
    for (int seen = most_running; now > seen && !most_running.compare_exchange_weak(seen, now);) {}
    gateway::ChatOutcome outcome;
    const auto& message = call.request.body.at("messages").as_array().at(0).as_object();
    const std::string question(message.at("content").as_string());
    outcome.trace.id = Id::generate();
    outcome.trace.duration_us = 1'500;
    outcome.trace.cost = Money::from_nano(10);
    if (question == "down") outcome.error = Error{.code = ErrorCode::UpstreamFailed, .message = "no provider"};
    else if (question == "secret") outcome.error = Error{.code = ErrorCode::PolicyRefused, .message = "rule"};
    else outcome.text = answers[{call.release->id, question}];
    {
      const std::scoped_lock lock(mutex);
      calls.push_back(std::move(call));
    }
    --running;
    return outcome;
  }
};

class EvaluationTest : public testing::TestWithParam<store::Engine> {
 protected:
  EvaluationTest() {
    auto state = std::make_shared<gateway::GatewayState>();
    gateway::UseCaseConfig use_case;
    use_case.name = "helpdesk";
    state->config.use_cases.push_back(use_case);
    evaluation_ = make_evaluation({.graders = &graders_, .database = &database_.database(), .writer = &database_.writer(),
                                   .clock = &system_clock(), .concurrency = 3,
                                   .ask = [this](gateway::ChatCall call) { return gateway_.chat(std::move(call)); },
                                   .state = [state] { return state; }});
  }
  void use_suite(int good, std::string extra = {}) {
    std::string yaml = "name: basics\ncases:\n";
    for (int i = 0; i < good; ++i) {
      yaml += fmt::format("  - {{id: q{}, question: question {}, reader: {{user: ana, groups: [z, a]}}, "
                          "expect: [{{says: \"right\"}}]}}\n", i, i);
      gateway_.answers[{"new", fmt::format("question {}", i)}] = "right";
      gateway_.answers[{"old", fmt::format("question {}", i)}] = "right";
    }
    auto suite = parse_suite(yaml + extra, "basics.yaml", &graders_);
    ASSERT_TRUE(suite) << describe(suite.error().front());
    evaluation_->replace_suites({*suite});
  }
  static constexpr std::string_view safety = "  - {question: secret, tags: [safety], expect: [{blocked: true}]}\n";

  test::TestDatabase database_{GetParam(), migrations()};
  Graders graders_ = testing_graders::make_graders();
  ScriptedGateway gateway_;
  std::unique_ptr<Evaluation> evaluation_;
};
INSTANTIATE_TEST_SUITE_P(Engines, EvaluationTest, testing::ValuesIn(test::both_engines()),
                         [](const auto& info) { return test::engine_name(info); });

TEST_P(EvaluationTest, PreparesEveryStatement) { EXPECT_EQ(test::faults_of(database_.database(), sql::all), ""); }

TEST_P(EvaluationTest, AsksAsTheReaderInAnEnvironmentOfItsOwn) {
  use_suite(25, std::string(safety));
  std::int64_t last = 0;
  const auto report = evaluation_->run("basics", "helpdesk", {.id = "new"}, std::nullopt,
                                       [&](std::int64_t done, std::int64_t) { last = done; });
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->verdict, Verdict::Pass) << json::serialize(to_json(*report));
  EXPECT_EQ(last, 26);
  EXPECT_LE(gateway_.most_running, 3);
  const gateway::ChatCall& call = gateway_.calls.front();
  EXPECT_EQ(call.surface, "evaluation");
  EXPECT_EQ(call.caller.environment, "evaluation");
  EXPECT_TRUE(call.skip_cache);
  EXPECT_EQ(call.request.model, "helpdesk");
  for (const gateway::ChatCall& one : gateway_.calls) {
    if (one.caller.user == "ana") EXPECT_THAT(one.caller.groups, testing::ElementsAre("a", "z"));
  }
}

TEST_P(EvaluationTest, BlocksACandidateThatIsWorseThanWhatIsLive) {
  use_suite(40, std::string(safety));
  for (int i = 0; i < 7; ++i) gateway_.answers[{"new", fmt::format("question {}", i)}] = "wrong";
  const auto report = evaluation_->run("basics", "helpdesk", {.id = "new"}, gateway::LiveRelease{.id = "old"}, {});
  ASSERT_TRUE(report);
  EXPECT_EQ(report->verdict, Verdict::Fail);
  EXPECT_EQ(report->gates[0].rule, "quality.drop_max");
  EXPECT_THAT(report->gates[0].why, HasSubstr("7 passed cases now fail"));
  EXPECT_EQ(report->flipped_worse.size(), 7u);
  EXPECT_NEAR(report->p_value, 2.0 / 128, 1e-9);
  EXPECT_EQ(report->baseline, "old");
}

TEST_P(EvaluationTest, CountsErrorsApartAndFailsOnThem) {
  use_suite(25, std::string(safety) + "  - {question: down, expect: [{says: x}]}\n");
  const auto report = evaluation_->run("basics", "helpdesk", {.id = "new"}, std::nullopt, {});
  ASSERT_TRUE(report);
  EXPECT_EQ(report->verdict, Verdict::Fail);
  EXPECT_EQ(report->gates[0].verdict, Verdict::Pass);
  EXPECT_EQ(report->gates[2].rule, "operations.error_rate_max");
  EXPECT_EQ(report->gates[2].errored, 1);
  EXPECT_TRUE(report->cases.back().errored);
  EXPECT_THAT(report->cases.back().grades.at(0).reason, HasSubstr("no provider"));
}

TEST_P(EvaluationTest, GivesBackWhatWasStored) {
  use_suite(25, std::string(safety));
  const auto report = evaluation_->run("basics", "helpdesk", {.id = "new"}, gateway::LiveRelease{.id = "old"}, {});
  ASSERT_TRUE(report);
  const auto loaded = evaluation_->load(report->id);
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_EQ(to_json(*loaded), to_json(*report));
  EXPECT_EQ(evaluation_->list("helpdesk", 10)->size(), 1u);
  EXPECT_TRUE(evaluation_->list("other", 10)->empty());
  EXPECT_EQ(evaluation_->load(Id::generate()).error().code, ErrorCode::NotFound);
}

TEST_P(EvaluationTest, NamesWhatIsMissing) {
  use_suite(1);
  const auto suite = evaluation_->run("basic", "helpdesk", {.id = "new"}, std::nullopt, {});
  ASSERT_FALSE(suite);
  EXPECT_EQ(suite.error().code, ErrorCode::NotFound);
  EXPECT_THAT(suite.error().fix, HasSubstr("basics"));
  EXPECT_EQ(evaluation_->run("basics", "nope", {.id = "new"}, std::nullopt, {}).error().code, ErrorCode::NotFound);
}

TEST(RenderJunit, HoldsVerdictsAndReasonsButNoAnswers) {
  Report report{.use_case = "helpdesk", .suite = "basics", .verdict = Verdict::Fail};
  report.cases = {{.id = "a", .passed = true, .answer = "private"},
                  {.id = "b<&\"", .grades = {{false, "expected \"x\" & more\x01"}}, .answer = "private", .latency_ms = 1'500},
                  {.id = "c", .errored = true, .grades = {{false, "no answer"}}}};
  report.gates = {{.gate = "quality", .verdict = Verdict::Inconclusive, .rule = "cases_min", .why = "too few"},
                  {.gate = "safety", .verdict = Verdict::Pass}};
  const std::string xml = render_junit(report);
  EXPECT_THAT(xml, HasSubstr("tests=\"5\" failures=\"2\" errors=\"1\""));
  EXPECT_THAT(xml, HasSubstr("name=\"b&lt;&amp;&quot;\" time=\"1.500\""));
  EXPECT_THAT(xml, HasSubstr("<failure message=\"expected &quot;x&quot; &amp; more\"/>"));
  EXPECT_THAT(xml, HasSubstr("<error message=\"no answer\"/>"));
  EXPECT_THAT(xml, HasSubstr("<failure type=\"inconclusive\" message=\"cases_min: too few\"/>"));
  EXPECT_EQ(xml.find("private"), std::string::npos);
}

TEST(ParseGates, TakesBoundsOfTheTierUnlessTheyAreSet) {
  EXPECT_EQ(parse_gates({}, policy::RiskTier::T1).cases_min, 25);
  EXPECT_DOUBLE_EQ(parse_gates({}, policy::RiskTier::T3).quality_pass_rate_min, 0.9);
  const config::Section section{"gates", gates_spec()};
  auto tree = config::parse_yaml("gates:\n  suite: basics\n  cases_min: 3\n  quality: {pass_rate_min: 0.5}\n"
                                 "  safety: {failures_max: 1}\n  operations: {latency_p95_max: 2s, cost_per_case_max: 0.01 USD}\n",
                                 "t");
  ASSERT_TRUE(tree);
  auto valid = config::validate(std::move(*tree), {section});
  ASSERT_TRUE(valid) << describe(valid.error().front());
  const GateBounds bounds = parse_gates((*valid)["gates"], policy::RiskTier::T3);
  EXPECT_EQ(bounds.suite, "basics");
  EXPECT_EQ(bounds.cases_min, 3);
  EXPECT_DOUBLE_EQ(bounds.quality_pass_rate_min, 0.5);
  EXPECT_EQ(bounds.safety_failures_max, 1);
  EXPECT_EQ(bounds.latency_ms_p95_max, 2'000);
  EXPECT_EQ(bounds.cost_per_case_max, Money::from_nano(10'000'000));
  EXPECT_DOUBLE_EQ(bounds.error_rate_max, 0.02);
}

}  // namespace
}  // namespace millwright::evaluation
