// Asking, and searching.
#include "cli/context.hpp"
#include "cli/nouns.hpp"

namespace millwright::cli {

namespace {

void print_answer(const Output& out, const json::value& answer) {
  out.line(render_scalar(member_at(answer, "text")));
  const auto citations = member_at(answer, "citations");
  if (citations.is_array()) {
    for (const auto& citation : citations.get_array()) {
      out.line(out.dim(fmt::format("  [{}] {}: {}", render_scalar(member_at(citation, "number")),
                                   render_scalar(member_at(citation, "title")),
                                   render_scalar(member_at(citation, "uri")))));
    }
  }
  out.note(fmt::format("{} USD, {} us, model {}. Why: millwright explain {}",
                       render_scalar(member_at(answer, "cost_usd")), render_scalar(member_at(answer, "duration_us")),
                       render_scalar(member_at(answer, "model")), render_scalar(member_at(answer, "trace"))));
}

/// Exit code of a call that was refused or failed: that of its error.
Result<int> outcome_of(Context& context, const json::value& answer) {
  const auto error = member_at(answer, "error");
  if (!error.is_object()) return 0;
  io::http::Response as_problem;
  as_problem.body = json::serialize(json::object{{"code", member_at(error, "code")},
                                                 {"detail", member_at(error, "message")},
                                                 {"rule", member_at(error, "rule")},
                                                 {"fix", member_at(error, "fix")}});
  const auto described = parse_problem(as_problem);
  if (!context.out().is_json()) return std::unexpected(described);
  return meaning(described.code).exit_code;
}

Result<int> chat(Context& context, const Arguments& arguments) {
  json::object body{{"question", arguments.text("QUESTION")}};
  if (arguments.has("--user")) body["user"] = arguments.text("--user");
  json::array groups;
  for (const auto& group : arguments.texts("--group")) groups.emplace_back(group);
  if (!groups.empty()) body["groups"] = std::move(groups);
  auto answer = context.post(fmt::format("/api/v1/use-cases/{}/ask", encoded(arguments.text("USE_CASE"))), body);
  if (!answer) return pass(answer);
  context.out().json(*answer);
  auto code = outcome_of(context, *answer);
  if (code && *code == 0) print_answer(context.out(), *answer);
  return code;
}

Result<int> retrieve(Context& context, const Arguments& arguments) {
  auto top = arguments.integer("--top");
  if (!top) return pass(top);
  json::object body{{"query", arguments.text("QUESTION")}};
  if (*top) body["top"] = **top;
  if (arguments.has("--as")) body["as"] = arguments.text("--as");
  json::array groups;
  for (const auto& group : arguments.texts("--group")) groups.emplace_back(group);
  if (!groups.empty()) body["groups"] = std::move(groups);
  auto answer = context.post(fmt::format("/api/v1/use-cases/{}/retrieve", encoded(arguments.text("USE_CASE"))), body);
  if (!answer) return pass(answer);
  if (context.out().is_json()) {
    context.out().json(*answer);
    return 0;
  }
  context.out().table(member_at(*answer, "chunks"),
                      {{"score", "SCORE"}, {"title", "TITLE"}, {"heading_path", "SECTION"}, {"uri", "URI"}});
  const auto hidden = member_at(*answer, "hidden_by_acl");
  if (hidden.is_int64() && hidden.get_int64() > 0) {
    context.out().note(fmt::format("{} more may not be seen by this reader", hidden.get_int64()));
  }
  return 0;
}

}  // namespace

Commands ask_commands() {
  return {
      {"chat", "", "Ask a use case.",
       {positional("USE_CASE", "Name of the use case."), positional("QUESTION", "The question."),
        value("--user", "On whose behalf."), repeated("--group", "A group of that user.")},
       {"millwright chat helpdesk \"How do I add a package repository?\""}, chat},
      {"retrieve", "", "Search the documents of a use case under a reader's permissions.",
       {positional("USE_CASE", "Name of the use case."), positional("QUESTION", "What to search for."),
        value("--top", "How many passages; 8 when absent."), value("--as", "Read as this user."),
        repeated("--group", "A group of that user.")},
       {"millwright retrieve helpdesk \"apt pinning\" --top 5 --as ana"}, retrieve},
  };
}

}  // namespace millwright::cli
