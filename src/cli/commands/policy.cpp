// The guard's test bench, and policy questions.
#include "cli/context.hpp"
#include "cli/nouns.hpp"

namespace millwright::cli {

namespace {

Result<int> scan(Context& context, const Arguments& arguments) {
  auto file = arguments.text("--file");
  if (file.empty()) file = arguments.text_or("INPUT", "-");
  auto text = read_input(file, 8u << 20);
  if (!text) return pass(text);
  json::object body{{"text", *text}};
  if (arguments.has("--direction")) body["direction"] = arguments.text("--direction");
  auto answer = context.post("/api/v1/guard/scan", body);
  if (!answer) return pass(answer);
  context.out().json(*answer);
  if (!context.out().is_json()) {
    context.out().table(member_at(*answer, "findings"), {{"type", "TYPE"}, {"start", "START"}, {"end", "END"},
                                                         {"score", "SCORE"}, {"action", "ACTION"}});
    context.out().fields(*answer, {{"verdict", "verdict"}, {"data_class", "class"}});
  }
  return 0;
}

Result<int> explain(Context& context, const Arguments& arguments) {
  std::string query;
  for (const auto& [option, field] : {std::pair("--use-case", "use_case"), std::pair("--class", "class"),
                                      std::pair("--provider", "provider"), std::pair("--region", "region")}) {
    if (arguments.has(option)) query += fmt::format("&{}={}", field, encoded(arguments.text(option)));
  }
  auto answer = context.get("/api/v1/policy/explain?" + query.substr(query.empty() ? 0 : 1));
  if (!answer) return pass(answer);
  context.out().json(*answer);
  context.out().fields(*answer, {{"allowed", "allowed"}, {"rule", "rule"}, {"reason", "reason"}, {"fix", "fix"}});
  const auto allowed = member_at(*answer, "allowed");
  return allowed.is_bool() && allowed.get_bool() ? 0 : 7;
}

}  // namespace

Commands policy_commands() {
  auto direction = value("--direction", "input when absent.");
  direction.choices = {"input", "output", "document"};
  return {
      {"guard", "scan", "What the guard finds in a text.",
       {optional_positional("INPUT", "File, or - for standard input."), value("--file", "File instead of standard input."), direction},
       {"echo 'mail ana@example.com' | millwright guard scan - --json"}, scan},
      {"policy", "explain", "May data of a class go to a provider, and why? Exit 7: no.",
       {required_value("--use-case", "Name of the use case."), value("--class", "That of the use case when absent."),
        required_value("--provider", "Name of the provider."), value("--region", "Demanded region.")},
       {"millwright policy explain --use-case helpdesk --class confidential --provider acme"}, explain},
  };
}

}  // namespace millwright::cli
