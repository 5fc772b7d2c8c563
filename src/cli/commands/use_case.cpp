// Use cases.
#include "cli/context.hpp"
#include "cli/nouns.hpp"

namespace millwright::cli {

namespace {

std::string path_of(const Arguments& arguments, std::string_view step = {}) {
  return fmt::format("/api/v1/use-cases/{}{}", encoded(arguments.text("USE_CASE")), step);
}

Result<int> list(Context& context, const Arguments&) {
  auto answer = context.get("/api/v1/use-cases");
  if (!answer) return pass(answer);
  context.out().table(*answer, {{"name", "NAME"}, {"owner", "OWNER"}, {"state", "STATE"}, {"risk_tier", "TIER"},
                                {"data_class", "CLASS"}, {"live.release", "RELEASE"}, {"budget.percent", "BUDGET %"}});
  return 0;
}

Result<int> show(Context& context, const Arguments& arguments) {
  auto answer = context.get(path_of(arguments));
  if (!answer) return pass(answer);
  context.out().json(*answer);
  context.out().fields(*answer, {{"name", "name"}, {"owner", "owner"}, {"description", "description"},
                                 {"state", "state"}, {"users", "users"}, {"success_metrics", "success metrics"},
                                 {"data_sources", "data sources"}, {"compliance", "compliance"},
                                 {"risk_tier", "risk tier"}, {"data_class", "data class"}, {"route", "route"},
                                 {"live.release", "release"}, {"budget.settled_usd", "spent USD"},
                                 {"budget.limit_usd", "budget USD"}, {"origin.source", "file"},
                                 {"origin.line", "line"}});
  return 0;
}

Result<int> switch_to(Context& context, const Arguments& arguments, std::string_view step) {
  auto answer = context.post(path_of(arguments, step), {{"reason", arguments.text("--reason")}});
  if (!answer) return pass(answer);
  context.out().json(*answer);
  context.out().line(fmt::format("{} is {}", render_scalar(member_at(*answer, "name")),
                                 render_scalar(member_at(*answer, "state"))));
  return 0;
}

Result<int> pause(Context& context, const Arguments& arguments) { return switch_to(context, arguments, "/pause"); }
Result<int> resume(Context& context, const Arguments& arguments) { return switch_to(context, arguments, "/resume"); }

}  // namespace

Commands use_case_commands() {
  const auto name = positional("USE_CASE", "Name of the use case.");
  const auto reason = value("--reason", "Kept in the audit log.");
  return {
      {"use-case", "list", "List the use cases.", {}, {}, list},
      {"use-case", "show", "Show one use case: who it is for, what is live, what it costs.", {name}, {}, show},
      {"use-case", "pause", "Stop serving it at once.", {name, reason},
       {"millwright use-case pause helpdesk --reason 'wrong answers about VPN'"}, pause},
      {"use-case", "resume", "Serve it again.", {name, reason}, {}, resume},
  };
}

}  // namespace millwright::cli
