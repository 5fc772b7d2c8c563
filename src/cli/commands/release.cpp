// Releases, and evaluations.
#include "cli/context.hpp"
#include "cli/nouns.hpp"

namespace millwright::cli {

namespace {

const std::vector<Column> release_columns{{"id", "RELEASE"}, {"state", "STATE"},   {"prompt_version", "PROMPT"},
                                          {"author", "AUTHOR"}, {"signer", "SIGNER"}, {"created", "CREATED"},
                                          {"note", "NOTE"}};

/// A release by its id, or the newest one of a use case.
Result<std::string> resolve(Context& context, const std::string& name) {
  auto release = context.get("/api/v1/releases/" + encoded(name));
  if (release) return name;
  if (release.error().code != ErrorCode::NotFound) return pass(release);
  auto page = context.get("/api/v1/releases?limit=1&use_case=" + encoded(name));
  if (!page) return pass(page);
  const auto items = member_at(*page, "items");
  if (!items.is_array() || items.get_array().empty()) {
    const auto use_case = context.get("/api/v1/use-cases/" + encoded(name));
    Error error;
    error.code = ErrorCode::NotFound;
    error.message = fmt::format("there is no release \"{}\", and no use case of that name has one", name);
    error.fix = use_case                       ? "millwright release create " + name
                : use_case.error().fix.empty() ? "millwright release list shows them"
                                               : use_case.error().fix;
    return std::unexpected(std::move(error));
  }
  return render_scalar(member_at(items.get_array()[0], "id"));
}

Result<int> print_release(Context& context, const Result<json::value>& answer) {
  if (!answer) return std::unexpected(answer.error());
  context.out().json(*answer);
  context.out().fields(*answer, {{"id", "release"},
                                 {"state", "state"},
                                 {"block_reason", "blocked"},
                                 {"prompt_name", "prompt"},
                                 {"prompt_version", "version"},
                                 {"canary_percent", "canary %"},
                                 {"author", "author"},
                                 {"signer", "signer"},
                                 {"manifest", "manifest"},
                                 {"note", "note"}});
  const auto gates = member_at(*answer, "report.gates");
  if (gates.is_array()) {
    for (const auto& gate : gates.get_array()) {
      context.out().line(fmt::format("{:<10}  {:<12}  {}", render_scalar(member_at(gate, "gate")),
                                     render_scalar(member_at(gate, "verdict")), render_scalar(member_at(gate, "why"))));
    }
  }
  return render_scalar(member_at(*answer, "state")) == "blocked" ? 7 : 0;
}

Result<int> step(Context& context, const Arguments& arguments, std::string_view name, const json::object& body = {}) {
  auto release = resolve(context, arguments.text("RELEASE"));
  if (!release) return pass(release);
  return print_release(context, context.post(fmt::format("/api/v1/releases/{}/{}", encoded(*release), name), body));
}

Result<int> create(Context& context, const Arguments& arguments) {
  json::object body{{"note", arguments.text("--note")}};
  if (arguments.has("--prompt-file")) {
    auto text = read_input(arguments.text("--prompt-file"), 1u << 20);
    if (!text) return pass(text);
    body["prompt_text"] = *text;
    body["prompt_label"] = arguments.text("--prompt-file");
  }
  return print_release(
      context, context.post(fmt::format("/api/v1/use-cases/{}/releases", encoded(arguments.text("USE_CASE"))), body));
}

Result<int> list(Context& context, const Arguments& arguments) {
  const auto use_case = arguments.text("USE_CASE");
  auto answer = context.get_all(use_case.empty() ? "/api/v1/releases"
                                                 : "/api/v1/releases?use_case=" + encoded(use_case));
  if (!answer) return pass(answer);
  context.out().table(*answer, release_columns);
  return 0;
}

Result<int> status(Context& context, const Arguments& arguments) {
  auto release = resolve(context, arguments.text("RELEASE"));
  if (!release) return pass(release);
  return print_release(context, context.get("/api/v1/releases/" + encoded(*release)));
}

Result<int> evaluate(Context& context, const Arguments& arguments) {
  auto release = resolve(context, arguments.text("RELEASE"));
  if (!release) return pass(release);
  return print_release(context, context.post_long("evaluation", *release,
                                                  fmt::format("/api/v1/releases/{}/evaluate", encoded(*release))));
}
Result<int> sign(Context& context, const Arguments& arguments) { return step(context, arguments, "sign"); }
Result<int> promote(Context& context, const Arguments& arguments) { return step(context, arguments, "promote"); }

Result<int> canary(Context& context, const Arguments& arguments) {
  auto percent = arguments.number("--percent");
  if (!percent) return pass(percent);
  return step(context, arguments, "canary", {{"percent", percent->value_or(10)}});
}

Result<int> verify(Context& context, const Arguments& arguments) {
  auto release = resolve(context, arguments.text("RELEASE"));
  if (!release) return pass(release);
  auto answer = context.post(fmt::format("/api/v1/releases/{}/verify", encoded(*release)));
  if (!answer) return pass(answer);
  context.out().json(*answer);
  context.out().fields(*answer, {{"release", "release"}, {"is_verified", "verified"}, {"detail", "detail"}});
  const auto verified = member_at(*answer, "is_verified");
  return verified.is_bool() && verified.get_bool() ? 0 : 1;
}

Result<int> roll_back(Context& context, const Arguments& arguments) {
  return print_release(context,
                       context.post(fmt::format("/api/v1/use-cases/{}/rollback", encoded(arguments.text("USE_CASE"))),
                                    {{"reason", arguments.text("--reason")}}));
}

Result<int> run_suite(Context& context, const Arguments& arguments) {
  json::object body{{"suite", arguments.text("SUITE")}, {"use_case", arguments.text("--use-case")}};
  if (arguments.has("--release")) body["release"] = arguments.text("--release");
  if (arguments.has("--baseline")) body["baseline"] = arguments.text("--baseline");
  auto answer = context.post_long("evaluation", arguments.text("SUITE"), "/api/v1/evaluations", body);
  if (!answer) return pass(answer);
  context.out().json(*answer);
  const auto verdict = render_scalar(member_at(*answer, "verdict"));
  if (!context.out().is_json()) {
    context.out().table(member_at(*answer, "gates"), {{"gate", "GATE"}, {"verdict", "VERDICT"}, {"passed", "PASSED"},
                                                      {"failed", "FAILED"}, {"errored", "ERRORED"}, {"why", "WHY"}});
    context.out().fields(*answer, {{"verdict", "verdict"}, {"p_value", "p"}, {"flipped_worse", "worse"},
                                   {"flipped_better", "better"}, {"cost_usd", "cost USD"}, {"id", "report"}});
  }
  return verdict == "pass" ? 0 : 7;
}

Result<int> list_suites(Context& context, const Arguments&) {
  auto answer = context.get("/api/v1/suites");
  if (!answer) return pass(answer);
  context.out().table(*answer, {{"name", "NAME"}, {"count", "CASES"}, {"digest", "DIGEST"}});
  return 0;
}

Result<int> list_reports(Context& context, const Arguments& arguments) {
  const auto use_case = arguments.text("--use-case");
  auto answer = context.get("/api/v1/evaluations" + (use_case.empty() ? "" : "?use_case=" + encoded(use_case)));
  if (!answer) return pass(answer);
  context.out().table(*answer, {{"id", "REPORT"}, {"suite", "SUITE"}, {"release", "RELEASE"}, {"verdict", "VERDICT"},
                                {"finished", "FINISHED"}, {"cost_usd", "COST USD"}});
  return 0;
}

}  // namespace

Commands release_commands() {
  const auto release = positional("RELEASE", "Id of the release, or a use case: its newest one.");
  const auto use_case = positional("USE_CASE", "Name of the use case.");
  return {
      {"release", "create", "Make a draft release.",
       {use_case, value("--prompt-file", "Prompt instead of the configuration's."), value("--note", "What changed.")},
       {"millwright release create helpdesk --note 'shorter answers'"}, create},
      {"release", "evaluate", "Run the three gates. Exit 7: blocked.", {release}, {}, evaluate},
      {"release", "sign", "Sign what has passed.", {release}, {}, sign},
      {"release", "verify", "Check signature and every artifact.", {release}, {}, verify},
      {"release", "canary", "Send part of the traffic to it.", {release, value("--percent", "10 when absent.")}, {}, canary},
      {"release", "promote", "Send all traffic to it.", {release}, {}, promote},
      {"release", "rollback", "Back to the release before, at once.", {use_case, value("--reason", "Kept in the audit log.")},
       {"millwright release rollback helpdesk --reason 'wrong answers'"}, roll_back},
      {"release", "status", "Show one release.", {release}, {}, status},
      {"release", "list", "List releases.", {optional_positional("USE_CASE", "Of this use case.")}, {}, list},
  };
}

Commands evaluation_commands() {
  return {
      {"eval", "run", "Run a suite. Exit 7: a gate failed.",
       {positional("SUITE", "Name of the suite."), required_value("--use-case", "Name of the use case."),
        value("--release", "What serves now when absent."), value("--baseline", "Release to compare with.")},
       {"millwright eval run helpdesk --use-case helpdesk --baseline helpdesk-1"}, run_suite},
      {"eval", "suites", "List the suites.", {}, {}, list_suites},
      {"eval", "list", "List the reports.", {value("--use-case", "Of this use case.")}, {}, list_reports},
  };
}

}  // namespace millwright::cli
