// What a route would do.
#include "base/text.hpp"
#include "cli/context.hpp"
#include "cli/nouns.hpp"

namespace millwright::cli {

namespace {

json::array list_json(const std::vector<std::string>& texts) {
  json::array list;
  for (const auto& text : texts) list.emplace_back(text);
  return list;
}

/// "x-plan=gold" → {"x-plan": "gold"}.
Result<json::object> headers_of(const Arguments& arguments) {
  json::object headers;
  for (const auto& text : arguments.texts("--header")) {
    const auto equals = text.find('=');
    if (equals == std::string::npos || equals == 0) {
      return fail(ErrorCode::InvalidInput, "--header takes NAME=VALUE, not \"{}\"", text);
    }
    headers[text.substr(0, equals)] = text.substr(equals + 1);
  }
  return headers;
}

Result<json::object> body_of(const Arguments& arguments) {
  json::object body{{"use_case", arguments.text("USE_CASE")}};
  auto prompt = arguments.text("--prompt");
  if (prompt == "-") {
    auto text = read_input("-", 4u << 20);
    if (!text) return pass(text);
    prompt = std::move(*text);
  }
  if (!prompt.empty()) body["prompt"] = prompt;
  for (const auto& [option, field] : {std::pair("--task", "task"), std::pair("--user", "user"),
                                      std::pair("--session", "session"), std::pair("--segment", "segment"),
                                      std::pair("--language", "language"), std::pair("--data-class", "data_class")}) {
    if (arguments.has(option)) body[field] = arguments.text(option);
  }
  if (arguments.has("--user-tier")) body["groups"] = list_json(arguments.texts("--user-tier"));
  if (arguments.has("--needs")) body["needs"] = list_json(arguments.texts("--needs"));
  for (const auto& [option, field] :
       {std::pair("--tokens", "prompt_tokens"), std::pair("--max-tokens", "max_tokens")}) {
    auto number = arguments.integer(option);
    if (!number) return pass(number);
    if (*number) body[field] = **number;
  }
  auto headers = headers_of(arguments);
  if (!headers) return pass(headers);
  if (!headers->empty()) body["headers"] = std::move(*headers);
  if (arguments.has("--stream")) body["stream"] = true;
  return body;
}

void print_decisions(const Output& out, const json::value& answer) {
  const auto decisions = member_at(answer, "decisions");
  if (!decisions.is_array()) return;
  for (const auto& decision : decisions.get_array()) {
    out.line(out.dim(fmt::format(
        "  {} {} {} {}", render_scalar(member_at(decision, "stage")), render_scalar(member_at(decision, "verdict")),
        render_scalar(member_at(decision, "rule")), json::serialize(member_at(decision, "evidence")))));
  }
}

Result<int> simulate(Context& context, const Arguments& arguments) {
  auto body = body_of(arguments);
  if (!body) return pass(body);
  auto answer = context.post("/api/v1/routes/simulate", *body);
  if (!answer) return pass(answer);
  const auto& out = context.out();
  out.json(*answer);
  const auto error = member_at(*answer, "error");
  if (out.is_json()) return error.is_null() ? 0 : 7;
  out.fields(*answer, {{"route", "route"},
                       {"rule", "rule"},
                       {"data_class", "class"},
                       {"traits.prompt_tokens", "prompt tokens"},
                       {"traits.language", "language"},
                       {"traits.needs", "needs"}});
  out.table(member_at(*answer, "models"), {{"model", "MODEL"},
                                           {"provider", "PROVIDER"},
                                           {"expected_usd", "EXPECTED USD"},
                                           {"worst_case_usd", "AT MOST USD"}});
  print_decisions(out, *answer);
  if (error.is_null()) return 0;
  out.line(out.red(render_scalar(member_at(error, "message"))));
  return 7;
}

Result<int> compare(Context& context, const Arguments& arguments) {
  auto limit = arguments.integer("--limit");
  if (!limit) return pass(limit);
  std::string path = "/api/v1/routes/compare?use_case=" + encoded(arguments.text("USE_CASE"));
  for (const auto& [option, field] : {std::pair("--from", "from"), std::pair("--to", "to")}) {
    if (arguments.has(option)) path += fmt::format("&{}={}", field, encoded(arguments.text(option)));
  }
  if (*limit) path += fmt::format("&limit={}", **limit);
  auto answer = context.get(path);
  if (!answer) return pass(answer);
  context.out().table(*answer, {{"route", "ROUTE"},
                                {"original.model", "MODEL"},
                                {"shadow.model", "SHADOW"},
                                {"compared", "COMPARED"},
                                {"failed", "FAILED"},
                                {"original.cost_usd", "USD"},
                                {"shadow.cost_usd", "SHADOW USD"},
                                {"original.duration_us_p50", "US P50"},
                                {"shadow.duration_us_p50", "SHADOW US P50"},
                                {"original.bytes_mean", "BYTES"},
                                {"shadow.bytes_mean", "SHADOW BYTES"},
                                {"agreement_mean", "AGREEMENT"}});
  return 0;
}

}  // namespace

Commands route_commands() {
  auto data_class = value("--data-class", "As the caller declares it.");
  data_class.choices = {"public", "internal", "confidential", "restricted"};
  return {
      {"route",
       "simulate",
       "Which models would serve a request, in which order, and why. Calls nobody. Exit 7: none would.",
       {positional("USE_CASE", "Name of the use case."),
        value("--prompt", "The prompt; - reads it from standard input."), value("--task", "The task type."),
        repeated("--user-tier", "A group of the caller."), value("--user", "On whose behalf."),
        value("--session", "The session, for affinity."),
        value("--segment", "As in x-millwright-segment: \"region=eu;plan=gold\"."),
        repeated("--header", "NAME=VALUE of a header that a rule looks at."),
        value("--tokens", "Length of the prompt in tokens."),
        value("--max-tokens", "The caller's limit on the answer."),
        repeated("--needs", "What the request asks for: tools, vision, json_schema, reasoning, audio, long_context."),
        value("--language", "Language of the prompt, as in de; recognised when absent."), data_class,
        flag("--stream", "A streamed answer, where the first token counts.")},
       {"millwright route simulate helpdesk --prompt \"Wie setze ich mein Passwort zurück?\" --task triage --json",
        "millwright route simulate helpdesk --tokens 200000 --needs tools --user-tier staff"},
       simulate},
      {"route",
       "compare",
       "What the shadow of a use case's route cost, how long it took, and how far it said the same.",
       {positional("USE_CASE", "Name of the use case."),
        value("--from", "Date or time; the start of the month when absent."),
        value("--to", "Date or time; now when absent."),
        value("--limit", "At most so many calls, newest first; 500 when absent.")},
       {"millwright route compare helpdesk --from 2026-11-01 --json"},
       compare},
  };
}

}  // namespace millwright::cli
