// A report as JSON and back, and as JUnit XML.
#include <algorithm>

#include "base/text.hpp"
#include "features/evaluation/evaluation.hpp"

namespace millwright::evaluation {
namespace {

json::object grade_json(const Grade& grade) { return {{"passed", grade.passed}, {"reason", grade.reason}}; }

json::object case_json(const CaseResult& result) {
  json::array grades;
  for (const Grade& grade : result.grades) grades.push_back(grade_json(grade));
  return {{"id", result.id},
          {"passed", result.passed},
          {"errored", result.errored},
          {"grades", std::move(grades)},
          {"answer", result.answer},
          {"trace", result.trace.is_none() ? std::string() : result.trace.text()},
          {"latency_ms", result.latency_ms},
          {"cost_usd", render_decimal(result.cost)}};
}

json::object gate_json(const GateResult& gate) {
  return {{"gate", gate.gate},     {"verdict", verdict_name(gate.verdict)},
          {"rule", gate.rule},     {"why", gate.why},
          {"passed", gate.passed}, {"failed", gate.failed},
          {"errored", gate.errored}, {"interval", {gate.interval.low, gate.interval.high}}};
}

json::array texts_json(const std::vector<std::string>& texts) { return json::array(texts.begin(), texts.end()); }

/// Reads members of one object; the first that is missing or wrong is remembered.
class Fields {
 public:
  explicit Fields(const json::value& value) : object_(value.is_object() ? &value.get_object() : nullptr) {}

  std::string text(std::string_view name) { return std::string(string_member(need(), name)); }
  std::int64_t integer(std::string_view name) {
    const json::value* value = find_member(need(), name);
    return value != nullptr && value->is_number() ? value->to_number<std::int64_t>() : 0;
  }
  bool boolean(std::string_view name) {
    const json::value* value = find_member(need(), name);
    return value != nullptr && value->is_bool() && value->get_bool();
  }
  double real(std::string_view name) {
    const json::value* value = find_member(need(), name);
    return value != nullptr && value->is_number() ? value->to_number<double>() : 0;
  }
  const json::array& array(std::string_view name) {
    const json::value* value = find_member(need(), name);
    return value != nullptr && value->is_array() ? value->get_array() : empty_array_;
  }
  Money money(std::string_view name) {
    auto money = parse_money(text(name) + " USD");
    return money ? *money : Money();
  }
  Timestamp time(std::string_view name) {
    auto time = parse_time(text(name));
    return time ? *time : Timestamp();
  }
  Id id(std::string_view name) {
    auto id = Id::parse(text(name));
    return id ? *id : Id();
  }
  std::vector<std::string> texts(std::string_view name) {
    std::vector<std::string> texts;
    for (const json::value& value : array(name)) {
      if (value.is_string()) texts.emplace_back(value.get_string());
    }
    return texts;
  }

 private:
  const json::object& need() const { return object_ == nullptr ? empty_ : *object_; }
  const json::object* object_;
  json::object empty_;
  json::array empty_array_;
};

Result<Verdict> parse_verdict(std::string_view name) {
  for (const Verdict verdict : {Verdict::Pass, Verdict::Fail, Verdict::Inconclusive}) {
    if (verdict_name(verdict) == name) return verdict;
  }
  return fail(ErrorCode::Corrupt, "\"{}\" is not a verdict", name);
}

CaseResult parse_case(const json::value& value) {
  Fields fields(value);
  CaseResult result{.id = fields.text("id"), .passed = fields.boolean("passed"), .errored = fields.boolean("errored")};
  for (const json::value& grade : fields.array("grades")) {
    Fields parts(grade);
    result.grades.push_back({parts.boolean("passed"), parts.text("reason")});
  }
  result.answer = fields.text("answer");
  result.trace = fields.id("trace");
  result.latency_ms = fields.integer("latency_ms");
  result.cost = fields.money("cost_usd");
  return result;
}

Result<GateResult> parse_gate(const json::value& value) {
  Fields fields(value);
  auto verdict = parse_verdict(fields.text("verdict"));
  if (!verdict) return pass(verdict);
  GateResult gate{.gate = fields.text("gate"), .verdict = *verdict, .rule = fields.text("rule"),
                  .why = fields.text("why"), .passed = fields.integer("passed"), .failed = fields.integer("failed"),
                  .errored = fields.integer("errored")};
  if (const json::array& interval = fields.array("interval"); interval.size() == 2) {
    gate.interval = {interval[0].to_number<double>(), interval[1].to_number<double>()};
  }
  return gate;
}

/// XML 1.0 text: markup escaped, control characters that XML cannot hold left out.
std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : to_valid_utf8(text)) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      case '\n': out += "&#10;"; break;
      case '\t': out += "&#9;"; break;
      default:
        if (static_cast<unsigned char>(c) >= 0x20) out += c;
    }
  }
  return out;
}

std::string failure_of(const CaseResult& result) {
  std::string reasons;
  for (const Grade& grade : result.grades) {
    if (!grade.passed) reasons += (reasons.empty() ? "" : "; ") + grade.reason;
  }
  return reasons;
}

}  // namespace

std::string_view verdict_name(Verdict verdict) {
  switch (verdict) {
    case Verdict::Pass: return "pass";
    case Verdict::Fail: return "fail";
    case Verdict::Inconclusive: return "inconclusive";
  }
  return "fail";
}

json::object to_json(const Report& report) {
  json::array gates, cases;
  for (const GateResult& gate : report.gates) gates.push_back(gate_json(gate));
  for (const CaseResult& result : report.cases) cases.push_back(case_json(result));
  return {{"id", report.id.text()},
          {"use_case", report.use_case},
          {"suite", report.suite},
          {"release", report.release},
          {"baseline", report.baseline},
          {"suite_digest", report.suite_digest.text()},
          {"started", render_time(report.started)},
          {"finished", render_time(report.finished)},
          {"verdict", verdict_name(report.verdict)},
          {"gates", std::move(gates)},
          {"cases", std::move(cases)},
          {"flipped_worse", texts_json(report.flipped_worse)},
          {"flipped_better", texts_json(report.flipped_better)},
          {"p_value", report.p_value},
          {"latency_ms_p95", report.latency_ms_p95},
          {"cost_usd", render_decimal(report.cost)}};
}

Result<Report> parse_report(const json::object& object) {
  const json::value whole(object);
  Fields fields(whole);
  auto verdict = parse_verdict(fields.text("verdict"));
  if (!verdict) return pass(verdict);
  auto digest = Digest::parse(fields.text("suite_digest"));
  if (!digest) return fail(ErrorCode::Corrupt, "the report names no suite");
  Report report{.id = fields.id("id"), .use_case = fields.text("use_case"), .suite = fields.text("suite"),
                .release = fields.text("release"), .baseline = fields.text("baseline"), .suite_digest = *digest,
                .started = fields.time("started"), .finished = fields.time("finished"), .verdict = *verdict};
  for (const json::value& value : fields.array("gates")) {
    auto gate = parse_gate(value);
    if (!gate) return pass(gate);
    report.gates.push_back(std::move(*gate));
  }
  for (const json::value& value : fields.array("cases")) report.cases.push_back(parse_case(value));
  report.flipped_worse = fields.texts("flipped_worse");
  report.flipped_better = fields.texts("flipped_better");
  report.p_value = fields.real("p_value");
  report.latency_ms_p95 = fields.integer("latency_ms_p95");
  report.cost = fields.money("cost_usd");
  return report;
}

std::string render_junit(const Report& report) {
  std::string tests;
  std::int64_t failures = 0, errors = 0;
  for (const CaseResult& result : report.cases) {
    tests += fmt::format("    <testcase classname=\"{}\" name=\"{}\" time=\"{:.3f}\"", escaped(report.suite),
                         escaped(result.id), static_cast<double>(result.latency_ms) / 1'000);
    if (result.passed) {
      tests += "/>\n";
      continue;
    }
    const std::string_view kind = result.errored ? "error" : "failure";
    ++(result.errored ? errors : failures);
    tests += fmt::format(">\n      <{} message=\"{}\"/>\n    </testcase>\n", kind, escaped(failure_of(result)));
  }
  for (const GateResult& gate : report.gates) {
    tests += fmt::format("    <testcase classname=\"gates\" name=\"{}\"", escaped(gate.gate));
    if (gate.verdict == Verdict::Pass) {
      tests += "/>\n";
      continue;
    }
    ++failures;
    tests += fmt::format(">\n      <failure type=\"{}\" message=\"{}: {}\"/>\n    </testcase>\n",
                         verdict_name(gate.verdict), escaped(gate.rule), escaped(gate.why));
  }
  const double seconds = static_cast<double>((report.finished - report.started).count()) / 1e6;
  return fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" "
      "errors=\"{}\" time=\"{:.3f}\" timestamp=\"{}\">\n{}  </testsuite>\n</testsuites>\n",
      escaped(report.use_case + " " + report.suite), report.cases.size() + report.gates.size(), failures, errors, seconds,
      render_time(report.started), tests);
}

}  // namespace millwright::evaluation
