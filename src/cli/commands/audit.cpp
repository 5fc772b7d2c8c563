// The audit log, and approvals.
#include "cli/context.hpp"
#include "cli/nouns.hpp"

namespace millwright::cli {

namespace {

Result<int> search(Context& context, const Arguments& arguments) {
  std::string query = "limit=" + arguments.text_or("--limit", "50");
  for (const auto& [option, field] :
       {std::pair("--actor", "actor"), std::pair("--action", "action"), std::pair("--object", "object")}) {
    if (arguments.has(option)) query += fmt::format("&{}={}", field, encoded(arguments.text(option)));
  }
  auto answer = context.get("/api/v1/audit?" + query);
  if (!answer) return pass(answer);
  context.out().table(*answer, {{"sequence", "#"}, {"time", "TIME"}, {"actor", "ACTOR"}, {"action", "ACTION"},
                                {"object", "OBJECT"}});
  return 0;
}

Result<int> verify(Context& context, const Arguments&) {
  auto answer = context.get("/api/v1/audit/verify");
  if (!answer) return pass(answer);
  context.out().json(*answer);
  context.out().fields(*answer, {{"is_intact", "intact"}, {"entries", "entries"}, {"checkpoints", "checkpoints"},
                                 {"covered", "covered"}, {"detail", "detail"}});
  const auto intact = member_at(*answer, "is_intact");
  return intact.is_bool() && intact.get_bool() ? 0 : 1;
}

Result<int> export_log(Context& context, const Arguments&) {
  auto text = context.get_text("/api/v1/audit/export");
  if (!text) return pass(text);
  context.out().raw(*text);
  return 0;
}

Result<int> list_approvals(Context& context, const Arguments& arguments) {
  auto answer = context.get("/api/v1/approvals?state=" + encoded(arguments.text_or("--state", "open")));
  if (!answer) return pass(answer);
  context.out().table(*answer, {{"id", "ID"}, {"kind", "KIND"}, {"object", "OBJECT"}, {"title", "TITLE"},
                                {"state", "STATE"}, {"requested_by", "ASKED BY"}});
  return 0;
}

Result<int> decide(Context& context, const Arguments& arguments, std::string_view decision) {
  auto answer = context.post(fmt::format("/api/v1/approvals/{}/decide", encoded(arguments.text("APPROVAL"))),
                             {{"decision", decision}, {"reason", arguments.text("--reason")}});
  if (!answer) return pass(answer);
  context.out().json(*answer);
  context.out().fields(*answer, {{"object", "object"}, {"state", "state"}, {"decided_by", "by"}});
  return 0;
}

Result<int> approve(Context& context, const Arguments& arguments) { return decide(context, arguments, "approve"); }
Result<int> reject(Context& context, const Arguments& arguments) { return decide(context, arguments, "reject"); }

}  // namespace

Commands audit_commands() {
  return {
      {"audit", "search", "Find audit entries, newest first.",
       {value("--actor", "Who."), value("--action", "What, or its beginning, as in key."), value("--object", "On what."),
        value("--limit", "At most so many; 50 when absent.")}, {}, search},
      {"audit", "verify", "Recompute the whole log and compare it with its signed checkpoints.", {}, {}, verify},
      {"audit", "export", "Every entry as JSON lines: enough to verify elsewhere.", {}, {}, export_log},
  };
}

Commands approval_commands() {
  const auto id = positional("APPROVAL", "Its id.");
  const auto reason = value("--reason", "Kept in the audit log; rejecting needs one.");
  return {
      {"approval", "list", "What waits for a person.", {value("--state", "open, approved, rejected, withdrawn or all.")}, {},
       list_approvals},
      {"approval", "approve", "Approve a request.", {id, reason}, {}, approve},
      {"approval", "reject", "Reject a request.", {id, reason}, {}, reject},
  };
}

}  // namespace millwright::cli
