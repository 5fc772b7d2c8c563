// The process: status, doctor, set-up link, models and providers.
#include "cli/context.hpp"
#include "cli/nouns.hpp"

namespace millwright::cli {

namespace {

Result<int> status(Context& context, const Arguments&) {
  auto answer = context.get("/api/v1/status");
  if (!answer) return pass(answer);
  context.out().json(*answer);
  context.out().fields(*answer, {{"version", "version"}, {"url", "url"}, {"is_ready", "ready"}, {"reasons", "why not"},
                                 {"uptime_s", "up, seconds"}, {"use_cases", "use cases"}, {"documents", "documents"},
                                 {"revision", "revision"}, {"store", "store"}, {"durability", "durability"},
                                 {"connections", "connections"}, {"resident_bytes", "memory, bytes"},
                                 {"data_directory", "data"}, {"config_file", "configuration"}});
  return 0;
}

Result<int> doctor(Context& context, const Arguments&) {
  auto answer = context.get("/api/v1/doctor");
  if (!answer) return pass(answer);
  const auto& out = context.out();
  out.json(*answer);
  const auto checks = member_at(*answer, "checks");
  if (checks.is_array() && !out.is_json()) {
    for (const auto& check : checks.get_array()) {
      const auto state = render_scalar(member_at(check, "status"));
      const auto word = fmt::format("{:<8}", state);
      const auto mark = state == "ok" ? out.green(word) : state == "failure" ? out.red(word) : out.yellow(word);
      out.line(fmt::format("{} {:<10} {}: {}", mark, render_scalar(member_at(check, "group")),
                           render_scalar(member_at(check, "name")), render_scalar(member_at(check, "evidence"))));
      const auto fix = member_at(check, "fix");
      if (fix.is_string() && !fix.get_string().empty()) out.line("           → " + render_scalar(fix));
    }
  }
  return render_scalar(member_at(*answer, "status")) == "failure" ? 1 : 0;
}

Result<int> setup_link(Context& context, const Arguments&) {
  auto answer = context.post("/api/v1/setup-link");
  if (!answer) return pass(answer);
  context.out().json(*answer);
  context.out().line(render_scalar(member_at(*answer, "url")));
  context.out().note("Good once, until " + render_scalar(member_at(*answer, "expires_at")) + ".");
  return 0;
}

Result<int> list_models(Context& context, const Arguments&) {
  auto answer = context.get("/api/v1/models");
  if (!answer) return pass(answer);
  context.out().table(*answer, {{"name", "NAME"}, {"provider", "PROVIDER"}, {"id", "ID"}, {"price.input", "INPUT"},
                                {"price.output", "OUTPUT"}, {"is_unpriced", "UNPRICED"}, {"used_by", "ROUTES"}});
  return 0;
}

Result<int> list_providers(Context& context, const Arguments&) {
  auto answer = context.get("/api/v1/providers");
  if (!answer) return pass(answer);
  context.out().table(*answer, {{"name", "NAME"}, {"kind", "KIND"}, {"base_url", "URL"}, {"region", "REGION"},
                                {"training_use", "TRAINING"}, {"retention_days", "RETENTION"}, {"expires", "UNTIL"}});
  return 0;
}

Result<int> list_alerts(Context& context, const Arguments& arguments) {
  auto answer = context.get(arguments.has("--all") ? "/api/v1/alerts?state=all" : "/api/v1/alerts");
  if (!answer) return pass(answer);
  context.out().table(*answer, {{"id", "ID"}, {"severity", "SEVERITY"}, {"title", "TITLE"}, {"why", "WHY"},
                                {"raised", "RAISED"}});
  return 0;
}

Result<int> acknowledge(Context& context, const Arguments& arguments) {
  auto answer = context.post(fmt::format("/api/v1/alerts/{}/acknowledge", encoded(arguments.text("ALERT"))));
  if (!answer) return pass(answer);
  context.out().json(*answer);
  context.out().line("acknowledged: " + render_scalar(member_at(*answer, "title")));
  return 0;
}

}  // namespace

Commands system_commands() {
  return {
      {"status", "", "The process at a glance.", {}, {}, status},
      {"doctor", "", "Foresee trouble: each check with evidence and a fix. Exit 1: a failure.", {}, {}, doctor},
      {"setup-link", "", "A one-time link that makes the first administrator.", {}, {}, setup_link},
      {"model", "list", "List the models with prices.", {}, {}, list_models},
      {"provider", "list", "List the providers with what they promised.", {}, {}, list_providers},
      {"alert", "list", "List open alerts.", {flag("--all", "Closed ones too.")}, {}, list_alerts},
      {"alert", "ack", "Acknowledge an alert.", {positional("ALERT", "Its id.")}, {}, acknowledge},
  };
}

}  // namespace millwright::cli
