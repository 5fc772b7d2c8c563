// Asking, and searching.
#include <cstdio>

#include "base/text.hpp"
#include "cli/context.hpp"
#include "cli/interrupt.hpp"
#include "cli/nouns.hpp"

namespace millwright::cli {

namespace {

void print_sources(const Output& out, const json::value& answer) {
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

/// Prints the pieces of an answer as they come, and keeps its last event, which holds the whole.
class StreamedAnswer {
 public:
  explicit StreamedAnswer(const Output& out) : out_(out) {}

  void take(std::string_view event, const json::value& data) {
    const bool is_whole = event.empty() && member_at(data, "trace").is_string();   // of an answer that was no stream
    if (event == "answer" || is_whole) {
      answer_ = data;
      return;
    }
    const auto choices = member_at(data, "choices");
    if (out_.is_json() || !choices.is_array() || choices.get_array().empty()) return;
    const auto text = member_at(choices.get_array().front(), "delta.content");
    if (!text.is_string() || text.get_string().empty()) return;
    out_.raw(printable_lines(text.get_string()));
    std::fflush(stdout);
    is_begun_ = true;
  }
  /// The answer where nothing was streamed, the line's end where something was.
  void finish() const {
    if (is_begun_) {
      out_.line("");
    } else if (const auto text = member_at(answer_, "text"); text.is_string() && !text.get_string().empty()) {
      out_.line(printable_lines(text.get_string()));
    }
  }
  [[nodiscard]] const json::value& answer() const { return answer_; }

 private:
  const Output& out_;
  json::value answer_;
  bool is_begun_ = false;
};

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
  auto question = arguments.text("QUESTION");
  if (question == "-") {
    auto text = read_input("-", 1u << 20);
    if (!text) return pass(text);
    question = std::string(trimmed(*text));
  }
  if (trimmed(question).empty()) return fail(ErrorCode::InvalidInput, "the question is empty");
  json::object body{{"question", question}};
  if (arguments.has("--user")) body["user"] = arguments.text("--user");
  json::array groups;
  for (const auto& group : arguments.texts("--group")) groups.emplace_back(group);
  if (!groups.empty()) body["groups"] = std::move(groups);
  body["stream"] = !context.out().is_json();
  const Interrupt interrupt;
  StreamedAnswer streamed(context.out());
  auto done = context.post_streamed(
      fmt::format("/api/v1/use-cases/{}/ask", encoded(arguments.text("USE_CASE"))), body,
      [&](std::string_view event, const json::value& data) { streamed.take(event, data); }, interrupt.token());
  if (interrupt.token().stop_requested()) {
    context.out().line("");
    return fail(ErrorCode::Cancelled, "cancelled; what was used until then is in the ledger");
  }
  if (!done) return pass(done);
  streamed.finish();
  const auto& answer = streamed.answer();
  if (answer.is_null()) return fail(ErrorCode::UpstreamFailed, "the answer was cut short");
  context.out().json(answer);
  auto code = outcome_of(context, answer);
  if (code && *code == 0) print_sources(context.out(), answer);
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
      {"chat",
       "",
       "Ask a use case; the answer is printed as it arrives. Ctrl-C cancels it.",
       {positional("USE_CASE", "Name of the use case."),
        positional("QUESTION", "The question; - reads it from standard input."), value("--user", "On whose behalf."),
        repeated("--group", "A group of that user.")},
       {"millwright chat helpdesk \"How do I add a package repository?\""},
       chat},
      {"retrieve",
       "",
       "Search the documents of a use case under a reader's permissions.",
       {positional("USE_CASE", "Name of the use case."), positional("QUESTION", "What to search for."),
        value("--top", "How many passages; 8 when absent."), value("--as", "Read as this user."),
        repeated("--group", "A group of that user.")},
       {"millwright retrieve helpdesk \"apt pinning\" --top 5 --as ana"},
       retrieve},
  };
}

}  // namespace millwright::cli
