// The process: status, running jobs, set-up link, models and providers.
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

Result<int> list_jobs(Context& context, const Arguments&) {
  auto answer = context.get("/api/v1/jobs");
  if (!answer) return pass(answer);
  context.out().table(*answer, {{"kind", "KIND"}, {"object", "OBJECT"}, {"done", "DONE"}, {"total", "OF"},
                                {"started", "STARTED"}});
  return 0;
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
      {"job", "list", "List long work that somebody asked for and that runs now.", {}, {}, list_jobs},
      {"setup-link", "", "A one-time link that makes the first administrator.", {}, {}, setup_link},
      {"model", "list", "List the models with prices.", {}, {}, list_models},
      {"provider", "list", "List the providers with what they promised.", {}, {}, list_providers},
      {"alert", "list", "List open alerts.", {flag("--all", "Closed ones too.")}, {}, list_alerts},
      {"alert", "ack", "Acknowledge an alert.", {positional("ALERT", "Its id.")}, {}, acknowledge},
  };
}

}  // namespace millwright::cli
