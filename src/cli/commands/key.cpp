// API keys of applications.
#include "cli/context.hpp"
#include "cli/nouns.hpp"

namespace millwright::cli {

namespace {

Result<int> create(Context& context, const Arguments& arguments) {
  json::object body;
  const std::pair<const char*, const char*> texts[] = {{"--use-case", "use_case"}, {"--user", "user"},
                                                       {"--name", "name"},         {"--team", "team"},
                                                       {"--environment", "environment"}, {"--budget", "budget"},
                                                       {"--expires", "expires"}};
  for (const auto& [option, field] : texts) {
    if (arguments.has(option)) body[field] = arguments.text(option);
  }
  for (const auto& [option, field] : {std::pair("--rpm", "rpm"), std::pair("--tpm", "tpm"),
                                      std::pair("--concurrent", "concurrent")}) {
    auto number = arguments.integer(option);
    if (!number) return pass(number);
    if (*number) body[field] = **number;
  }
  for (const auto& [option, field] : {std::pair("--group", "groups"), std::pair("--model", "models")}) {
    json::array list;
    for (const auto& text : arguments.texts(option)) list.emplace_back(text);
    if (!list.empty()) body[field] = std::move(list);
  }
  if (arguments.has("--passthrough") && arguments.has("--no-passthrough")) {
    return fail(ErrorCode::InvalidInput, "--passthrough and --no-passthrough exclude each other");
  }
  if (arguments.has("--passthrough") || arguments.has("--no-passthrough")) {
    json::array list;
    for (const auto& text : arguments.texts("--passthrough")) list.emplace_back(text);
    body["passthrough"] = std::move(list);
  }
  auto answer = context.post("/api/v1/keys", body);
  if (!answer) return pass(answer);
  context.out().json(*answer);
  context.out().line(render_scalar(member_at(*answer, "key")));
  context.out().note(fmt::format("Key \"{}\". It is shown this once.", render_scalar(member_at(*answer, "name"))));
  return 0;
}

Result<int> list(Context& context, const Arguments&) {
  auto answer = context.get_all("/api/v1/keys");
  if (!answer) return pass(answer);
  context.out().table(*answer, {{"name", "NAME"}, {"use_case", "USE CASE"}, {"user", "USER"}, {"groups", "GROUPS"},
                                {"hint", "KEY"}, {"budget_usd", "BUDGET USD"}, {"created_at", "CREATED"},
                                {"revoked_at", "REVOKED"}});
  return 0;
}

Result<int> revoke(Context& context, const Arguments& arguments) {
  auto answer = context.remove("/api/v1/keys/" + encoded(arguments.text("KEY")));
  if (!answer) return pass(answer);
  context.out().json(json::object{{"revoked", arguments.text("KEY")}});
  context.out().line("revoked");
  return 0;
}

}  // namespace

Commands key_commands() {
  return {
      {"key", "create", "Make an API key; it is shown once.",
       {value("--use-case", "The use case it may call."), value("--user", "The user it acts for."),
        repeated("--group", "A group of that user, for document permissions."), value("--name", "Name of the key."),
        value("--team", "Who pays; the use case's owner when absent."),
        value("--environment", "production when absent."), value("--budget", "Monthly limit, as in '5 USD'."),
        value("--rpm", "Requests a minute."), value("--tpm", "Tokens a minute."),
        value("--concurrent", "Calls at the same time."), repeated("--model", "A model it may call by name."),
        repeated("--passthrough", "A provider it may speak to in its own words, in place of the use case's list."),
        flag("--no-passthrough", "It passes nothing through, whatever its use case may."),
        value("--expires", "Date or time.")},
       {"millwright key create --use-case helpdesk --user ana --group it --budget '5 USD'"}, create},
      {"key", "list", "List the keys.", {}, {}, list},
      {"key", "revoke", "Revoke a key, in effect at once.", {positional("KEY", "Id or name.")}, {}, revoke},
  };
}

}  // namespace millwright::cli
