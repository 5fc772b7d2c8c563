// Traces, and why.
#include "cli/context.hpp"
#include "cli/nouns.hpp"

namespace millwright::cli {

namespace {

Result<int> list(Context& context, const Arguments& arguments) {
  std::string query = "limit=" + arguments.text_or("--limit", "50");
  for (const auto& [option, field] : {std::pair("--use-case", "use_case"), std::pair("--user", "user"),
                                      std::pair("--model", "model"), std::pair("--status", "status"),
                                      std::pair("--from", "from"), std::pair("--to", "to"),
                                      std::pair("--cursor", "cursor")}) {
    if (arguments.has(option)) query += fmt::format("&{}={}", field, encoded(arguments.text(option)));
  }
  auto answer = context.get("/api/v1/traces?" + query);
  if (!answer) return pass(answer);
  context.out().table(*answer, {{"time", "TIME"}, {"id", "TRACE"}, {"use_case", "USE CASE"}, {"user", "USER"},
                                {"model", "MODEL"}, {"status", "STATUS"}, {"cost_usd", "COST USD"},
                                {"duration_us", "US"}});
  return 0;
}

Result<int> show(Context& context, const Arguments& arguments) {
  auto answer = context.get("/api/v1/traces/" + encoded(arguments.text("TRACE")));
  if (!answer) return pass(answer);
  if (context.out().is_json()) {
    context.out().json(*answer);
    return 0;
  }
  context.out().fields(*answer, {{"id", "trace"}, {"start", "start"}, {"use_case", "use case"}, {"team", "team"},
                                 {"user", "user"}, {"release", "release"}, {"prompt_version", "prompt"},
                                 {"model", "model"}, {"status", "status"}, {"error_message", "error"},
                                 {"cost_usd", "cost USD"}, {"duration_us", "us"}, {"cache", "cache"}});
  context.out().line(context.out().bold("\ndecisions"));
  context.out().table(member_at(*answer, "decisions"), {{"stage", "STAGE"}, {"verdict", "VERDICT"}, {"rule", "RULE"},
                                                        {"evidence", "EVIDENCE"}});
  context.out().line(context.out().bold("\nspans"));
  context.out().table(member_at(*answer, "spans"), {{"name", "SPAN"}, {"start_us", "START"}, {"duration_us", "US"}});
  context.out().line(context.out().bold("\ndocuments"));
  context.out().table(member_at(*answer, "documents"), {{"title", "TITLE"}, {"score", "SCORE"}, {"is_cited", "CITED"},
                                                        {"chunk", "CHUNK"}});
  return 0;
}

Result<int> explain(Context& context, const Arguments& arguments) {
  auto answer = context.get("/api/v1/explain/" + encoded(arguments.text("ID")));
  if (!answer) return pass(answer);
  if (context.out().is_json()) {
    context.out().json(*answer);
    return 0;
  }
  context.out().line(context.out().bold(render_scalar(member_at(*answer, "what"))));
  context.out().table(member_at(*answer, "why"), {{"stage", "STAGE"}, {"verdict", "VERDICT"}, {"rule", "RULE"},
                                                  {"evidence", "EVIDENCE"}});
  context.out().fields(*answer, {{"would_change", "would change it"}, {"who_can", "who can"}});
  return 0;
}

}  // namespace

Commands trace_commands() {
  return {
      {"trace", "list", "List calls, newest first.",
       {value("--use-case", "Of this use case."), value("--user", "Of this user."), value("--model", "By this model."),
        value("--status", "ok, refused, failed, cancelled or interrupted."), value("--from", "Date or time."),
        value("--to", "Date or time."), value("--limit", "At most so many; 50 when absent."),
        value("--cursor", "Where the page before ended: its next_cursor.")},
       {"millwright trace list --use-case helpdesk --status refused"}, list},
      {"trace", "show", "Show one call with its decisions and spans.", {positional("TRACE", "Its id.")}, {}, show},
      {"explain", "", "Why: of a trace, release, alert, document or evaluation.", {positional("ID", "Its id.")},
       {"millwright explain helpdesk-2"}, explain},
  };
}

}  // namespace millwright::cli
