// Why: one endpoint that takes any id — of a trace, release, alert, document or evaluation — and answers with what
// happened, which rules decided on which evidence, and what would change it.
#include "api/admin/groups.hpp"
#include "api/admin/shapes.hpp"
#include "api/answer.hpp"

namespace millwright::api {

namespace {

using io::http::Response;

struct Explanation {
  std::string id, kind, what, who_can;
  json::array why;
  std::vector<std::string> would_change;
  json::object links;
};

Response render(Explanation explanation) {
  return json_answer(json::object{{"id", explanation.id},
                                  {"kind", explanation.kind},
                                  {"what", explanation.what},
                                  {"why", std::move(explanation.why)},
                                  {"would_change", texts_json(explanation.would_change)},
                                  {"who_can", explanation.who_can},
                                  {"links", std::move(explanation.links)}});
}

json::object reason(std::string_view stage, std::string_view verdict, std::string_view rule, json::object evidence) {
  return {{"stage", stage}, {"verdict", verdict}, {"rule", rule}, {"evidence", std::move(evidence)}};
}

/// What one would do about a decision that stopped or changed a call.
std::string cure(const telemetry::Decision& decision) {
  if (decision.stage == "budget") return "raise the budget, or wait for its period to end";
  if (decision.stage == "policy") return "use a provider whose recorded commitments allow the class, or lower the class";
  if (decision.stage.starts_with("guard")) return "send the text without what the guard found, or change the guard's rule";
  if (decision.stage == "rate") return "call less often, or raise the limit of the key";
  if (decision.stage == "authenticate") return "use a key that may call this use case";
  if (decision.stage == "retrieve") return "add documents that answer the question, or widen who may read them";
  return fmt::format("change the rule {}", decision.rule.empty() ? decision.stage : decision.rule);
}

Explanation of_trace(const telemetry::Trace& trace) {
  Explanation explanation;
  explanation.id = trace.id.text();
  explanation.kind = "trace";
  explanation.what = fmt::format("{}: {} for {} by {}, {} ms, {} USD", trace.use_case,
                                 telemetry::status_name(trace.status), trace.user.empty() ? "nobody named" : trace.user,
                                 trace.model.empty() ? "no model" : trace.model, trace.duration_us / 1000,
                                 render_decimal(trace.cost));
  if (!trace.error_message.empty()) explanation.what += ": " + trace.error_message;
  explanation.why = decisions_json(trace.decisions);
  for (const auto& decision : trace.decisions) {
    const bool stopped = decision.verdict == "deny" || decision.verdict == "block" || decision.verdict == "redact" ||
                         decision.verdict == "nothing";
    if (stopped) explanation.would_change.push_back(cure(decision));
  }
  explanation.who_can = fmt::format("the owner of {} ({})", trace.use_case, trace.team);
  explanation.links = {{"trace", "/api/v1/traces/" + explanation.id}, {"use_case", "/api/v1/use-cases/" + trace.use_case}};
  if (!trace.release.starts_with("config@") && !trace.release.empty()) {
    explanation.links["release"] = "/api/v1/releases/" + trace.release;
  }
  return explanation;
}

Explanation of_report(const evaluation::Report& report) {
  Explanation explanation;
  explanation.id = report.id.text();
  explanation.kind = "evaluation";
  explanation.what = fmt::format("suite {} on {} of {}: {}", report.suite, report.release, report.use_case,
                                 evaluation::verdict_name(report.verdict));
  for (const auto& gate : report.gates) {
    explanation.why.push_back(reason("gate." + gate.gate, evaluation::verdict_name(gate.verdict), gate.rule,
                                     {{"why", gate.why},
                                      {"passed", gate.passed},
                                      {"failed", gate.failed},
                                      {"errored", gate.errored}}));
    if (gate.verdict != evaluation::Verdict::Pass) explanation.would_change.push_back(gate.why);
  }
  explanation.who_can = "whoever owns the use case, with a change that passes";
  explanation.links = {{"evaluation", "/api/v1/evaluations/" + explanation.id},
                       {"use_case", "/api/v1/use-cases/" + report.use_case}};
  return explanation;
}

Explanation of_release(const ExplainParts& parts, const delivery::Release& release) {
  Explanation explanation;
  explanation.id = release.id;
  explanation.kind = "release";
  explanation.what = fmt::format("{} is {}: {}", release.id, delivery::state_name(release.state),
                                 release.block_reason.empty() ? release.note : release.block_reason);
  explanation.who_can = release.state == delivery::ReleaseState::Evaluated ? "an approver who is not its author"
                                                                           : "the owner of the use case";
  if (!release.evaluation.is_none()) {
    if (const auto report = parts.evaluation->load(release.evaluation)) {
      auto gates = of_report(*report);
      explanation.why = std::move(gates.why);
      explanation.would_change = std::move(gates.would_change);
      explanation.links["evaluation"] = "/api/v1/evaluations/" + release.evaluation.text();
    }
  }
  explanation.links["release"] = "/api/v1/releases/" + release.id;
  explanation.links["use_case"] = "/api/v1/use-cases/" + release.use_case;
  return explanation;
}

Explanation of_alert(const telemetry::Alert& alert) {
  Explanation explanation;
  explanation.id = alert.id.text();
  explanation.kind = "alert";
  explanation.what = alert.title;
  explanation.why.push_back(reason("alert", alert.severity, alert.key, {{"why", alert.why}, {"object", alert.object}}));
  explanation.who_can = "the owner of " + alert.object;
  explanation.links = {{"alerts", "/api/v1/alerts"}};
  return explanation;
}

}  // namespace


json::object document_why(const ingestion::Document& document) {
  json::array why;
  why.push_back(reason("intake", ingestion::verdict_name(document.verdict), "",
                       {{"reason", document.reason},
                        {"class", policy::class_name(document.data_class)},
                        {"tags", texts_json(document.tags)}}));
  std::vector<std::string> would_change;
  using enum ingestion::Verdict;
  if (document.verdict == Quarantined) would_change.push_back("a person releases it, or the source is mended");
  if (document.verdict == Duplicate || document.verdict == Stale) {
    would_change.push_back("the document it repeats is removed, or this one is changed");
  }
  if (document.verdict == Rejected) would_change.push_back("the source offers a file that meets the contract");
  return {{"id", document.id.text()},
          {"kind", "document"},
          {"what", fmt::format("{} is {}{}{}", document.path, ingestion::verdict_name(document.verdict),
                               document.reason.empty() ? "" : ": ", document.reason)},
          {"why", std::move(why)},
          {"would_change", texts_json(would_change)},
          {"who_can", "an approver"},
          {"links", json::object{{"document", "/api/v1/documents/" + document.id.text()}}}};
}

namespace {

Result<Response> explain_id(const ExplainParts& parts, const std::string& name, Id id) {
  if (const auto trace = parts.traces->load(id)) return render(of_trace(*trace));
  if (const auto document = parts.ingestion->load(id)) return json_answer(document_why(*document));
  if (const auto report = parts.evaluation->load(id)) return render(of_report(*report));
  const auto alerts = parts.alerts->list(false, 1000);
  if (!alerts) return std::unexpected(alerts.error());
  const auto alert = std::ranges::find(*alerts, id, &telemetry::Alert::id);
  if (alert != alerts->end()) return render(of_alert(*alert));
  return std::unexpected(not_found("trace, document, evaluation or alert", name, {}));
}

Result<Response> explain(const ExplainParts& parts, const Call& call) {
  const auto& name = call.parameter("id");
  if (const auto id = Id::parse(name)) return explain_id(parts, name, *id);
  const auto release = parts.delivery->load(name);
  if (!release) return std::unexpected(not_found("trace, release, alert, document or evaluation", name, {}));
  return render(of_release(parts, *release));
}

}  // namespace

Routes explain_routes(const ExplainParts& parts) {
  return {row(io::http::Method::Get, "/api/v1/explain/{id}", Access::Viewer, explain, parts)};
}

}  // namespace millwright::api
