// Suites, running one, and the reports.
#include "api/admin/groups.hpp"
#include "api/admin/shapes.hpp"
#include "api/answer.hpp"
#include "api/fields.hpp"
#include "api/jobs.hpp"

namespace millwright::api {

namespace {

using io::http::Response;

json::object case_json(const evaluation::Case& item) {
  json::array expect;
  for (const auto& expectation : item.expect) {
    expect.push_back(json::object{{"grader", expectation.grader}, {"argument", expectation.argument}});
  }
  return {{"id", item.id},
          {"question", item.question},
          {"cluster", item.cluster},
          {"user", item.reader.user},
          {"groups", texts_json(item.reader.groups)},
          {"tags", texts_json(item.tags)},
          {"expect", std::move(expect)}};
}

Result<Response> list_suites(const EvaluationParts& parts, const Call&) {
  json::array items;
  for (const auto& suite : parts.evaluation->suites()) {
    json::array cases;
    for (const auto& item : suite.cases) cases.push_back(case_json(item));
    items.push_back(json::object{{"name", suite.name},
                                 {"digest", suite.digest.text()},
                                 {"count", suite.cases.size()},
                                 {"cases", std::move(cases)}});
  }
  return page_answer(std::move(items));
}

Result<Response> list_reports(const EvaluationParts& parts, const Call& call) {
  Query query(call.request);
  const auto limit = query.limit();
  const auto use_case = query.text("use_case");
  if (auto ok = query.check(); !ok) return pass(ok);
  const auto reports = parts.evaluation->list(use_case, limit);
  if (!reports) return std::unexpected(reports.error());
  json::array items;
  for (const auto& report : *reports) {
    auto item = evaluation::to_json(report);
    item.erase("cases");
    items.push_back(std::move(item));
  }
  return page_answer(std::move(items));
}

Result<Response> get_report(const EvaluationParts& parts, const Call& call) {
  auto id = Id::parse(call.parameter("id"));
  if (!id) return pass(id);
  const auto report = parts.evaluation->load(*id);
  if (!report) return std::unexpected(report.error());
  return json_answer(evaluation::to_json(*report));
}

/// A release as something to run: its own prompt and index, or what serves now when `id` is empty.
Result<gateway::LiveRelease> candidate_of(const EvaluationParts& parts, const std::string& use_case,
                                          const std::string& id) {
  if (id.empty()) {
    if (auto live = parts.delivery->live(use_case)) return live->stable;
    return fail(ErrorCode::Conflict, "nothing serves {} yet, so there is nothing to evaluate", use_case);
  }
  auto release = parts.delivery->load(id);
  if (!release) return pass(release);
  if (release->use_case != use_case) return fail(ErrorCode::InvalidInput, "{} is no release of {}", id, use_case);
  gateway::LiveRelease runnable{release->id, release->prompt_name, release->prompt_version, {}, release->index,
                                release->route_name};
  if (!release->prompt.is_none()) {
    auto text = parts.load_text(release->prompt.text());
    if (!text) return pass(text);
    runnable.prompt_text = std::move(*text);
  }
  return runnable;
}

Result<Response> run(const EvaluationParts& parts, const Call& call) {
  Body body(call.request, {"suite", "use_case", "release", "baseline"});
  const auto suite = body.text("suite");
  const auto name = body.text("use_case");
  const auto release = body.text_or("release", {});
  const auto baseline = body.text_or("baseline", {});
  if (auto ok = body.check(); !ok) return pass(ok);
  const auto use_case = load_use_case(*parts.gateway, name);
  if (!use_case) return std::unexpected(use_case.error());
  auto candidate = candidate_of(parts, use_case->name, release);
  if (!candidate) return pass(candidate);
  std::optional<gateway::LiveRelease> against;
  if (!baseline.empty()) {
    auto found = candidate_of(parts, use_case->name, baseline);
    if (!found) return pass(found);
    against = std::move(*found);
  }
  JobBoard::Entry job(*parts.jobs, "evaluation", suite);
  const auto report =
      parts.evaluation->run(suite, use_case->name, *candidate, against,
                            [&job](std::int64_t done, std::int64_t total) { job.report(done, total); });
  if (!report) return std::unexpected(report.error());
  return created(evaluation::to_json(*report));
}

}  // namespace

Routes evaluation_routes(const EvaluationParts& parts) {
  using enum io::http::Method;
  return {
      row(Get, "/api/v1/suites", Access::Viewer, list_suites, parts),
      row(Get, "/api/v1/evaluations", Access::Viewer, list_reports, parts),
      row(Post, "/api/v1/evaluations", Access::Owner, run, parts),
      row(Get, "/api/v1/evaluations/{id}", Access::Viewer, get_report, parts),
  };
}

}  // namespace millwright::api
