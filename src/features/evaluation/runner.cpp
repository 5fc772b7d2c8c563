#include "features/evaluation/runner.hpp"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <thread>

#include "base/text.hpp"

namespace millwright::evaluation {
namespace {

constexpr std::size_t concurrency_max = 32;
constexpr std::size_t answer_bytes_max = 64u << 10;

bool is_refusal(const Error& error) { return error.code == ErrorCode::PolicyRefused; }

std::string finish_reason_of(std::string_view body) {
  const auto object = parse_json_object(body);
  if (!object) return {};
  const json::value* choices = find_member(*object, "choices");
  if (choices == nullptr || !choices->is_array() || choices->get_array().empty()) return {};
  const json::value& first = choices->get_array().front();
  return first.is_object() ? std::string(string_member(first.get_object(), "finish_reason")) : std::string();
}

CaseResult failed_to_ask(const Case& one, const Error& error) {
  CaseResult result{.id = one.id, .errored = true};
  result.grades.push_back({false, "the question could not be asked: " + describe(error)});
  return result;
}

CaseResult ask_case(const RunPlan& plan, const Case& one, const gateway::LiveRelease& release) {
  auto call = make_call(one, plan.use_case, release);
  if (!call) return failed_to_ask(one, call.error());
  try {
    return grade_case(one, plan.ask(std::move(*call)), *plan.graders);
  } catch (const std::exception& error) {
    return failed_to_ask(one, Error{.code = ErrorCode::Internal, .message = error.what()});
  }
}

}  // namespace

Result<gateway::ChatCall> make_call(const Case& one, const std::string& use_case,
                                    const gateway::LiveRelease& release) {
  json::object body{{"model", use_case}, {"messages", {{{"role", "user"}, {"content", one.question}}}}};
  auto request = gateway::parse_chat_request(std::move(body));
  if (!request) return pass(request);
  auto principal = std::make_shared<identity::Principal>();
  principal->key_name = "evaluation";
  principal->use_case = use_case;
  principal->user = one.reader.user;
  principal->groups = one.reader.groups;
  std::ranges::sort(principal->groups);
  principal->environment = "evaluation";
  gateway::ChatCall call;
  call.caller.user = one.reader.user;
  call.caller.groups = principal->groups;
  call.caller.environment = "evaluation";
  call.caller.principal = std::move(principal);
  call.request = std::move(*request);
  call.surface = "evaluation";
  call.skip_cache = true;   // an answer given before says nothing about this candidate
  call.release = release;
  return call;
}

Answer answer_of(const gateway::ChatOutcome& outcome) {
  Answer answer{.text = outcome.text, .citations = outcome.citations, .error = outcome.error};
  answer.finish_reason = finish_reason_of(outcome.body);
  answer.latency_ms = (static_cast<std::int64_t>(outcome.trace.duration_us) + 999) / 1'000;
  answer.cost = outcome.trace.cost;
  answer.was_blocked = (outcome.error && is_refusal(*outcome.error)) || answer.finish_reason == "content_filter" ||
                       outcome.trace.status == telemetry::TraceStatus::Refused;
  return answer;
}

CaseResult grade_case(const Case& one, const gateway::ChatOutcome& outcome, const Graders& graders) {
  CaseResult result{.id = one.id, .trace = outcome.trace.id};
  const Answer answer = answer_of(outcome);
  result.answer = utf8_prefix(answer.text, answer_bytes_max);
  result.latency_ms = answer.latency_ms;
  result.cost = answer.cost;
  if (answer.error && !is_refusal(*answer.error)) {
    result.errored = true;
    result.grades.push_back({false, "no answer: " + describe(*answer.error)});
    return result;
  }
  for (const Expectation& expectation : one.expect) {
    const auto grader = std::ranges::find(graders, expectation.grader, [](const auto& g) { return g->name(); });
    if (grader == graders.end()) {
      result.errored = true;
      result.grades.push_back({false, fmt::format("there is no check named \"{}\"", expectation.grader)});
    } else {
      result.grades.push_back((*grader)->grade(answer, expectation.argument));
    }
  }
  result.passed = !result.errored && std::ranges::all_of(result.grades, &Grade::passed);
  return result;
}

RunResults run_cases(const RunPlan& plan) {
  const std::vector<Case>& cases = plan.suite->cases;
  RunResults results;
  results.candidate.resize(cases.size());
  if (plan.baseline) results.baseline.resize(cases.size());
  std::atomic<std::size_t> next = 0;
  std::mutex progress_mutex;
  std::int64_t done = 0;
  auto work = [&] {
    for (std::size_t i = next++; i < cases.size(); i = next++) {
      const bool baseline_first = plan.baseline && i % 2 == 1;
      if (baseline_first) results.baseline[i] = ask_case(plan, cases[i], *plan.baseline);
      results.candidate[i] = ask_case(plan, cases[i], plan.candidate);
      if (plan.baseline && !baseline_first) results.baseline[i] = ask_case(plan, cases[i], *plan.baseline);
      const std::scoped_lock lock(progress_mutex);
      if (plan.progress) plan.progress(++done, static_cast<std::int64_t>(cases.size()));
    }
  };
  std::vector<std::jthread> workers;
  const std::size_t count = std::clamp<std::size_t>(plan.concurrency, 1, std::min(concurrency_max, cases.size() + 1));
  for (std::size_t i = 1; i < count; ++i) workers.emplace_back(work);
  work();
  workers.clear();   // joins
  return results;
}

}  // namespace millwright::evaluation
