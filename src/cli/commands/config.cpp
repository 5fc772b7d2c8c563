// The configuration: offline checks, plan, apply, history, roll back.
#include <filesystem>

#include "cli/context.hpp"
#include "cli/files.hpp"
#include "cli/full_paths.hpp"
#include "cli/nouns.hpp"

namespace millwright::cli {

namespace {

constexpr int exit_invalid_config = 3;
constexpr int exit_changes_present = 10;

Result<int> validate(Context& context, const Arguments& arguments) {
  auto file = arguments.text("FILE");
  if (file.empty()) file = context.target().places.config.string();
  const auto faults = context.host().validate(file);
  json::array items;
  for (const auto& fault : faults) {
    items.push_back(json::object{{"message", fault.message}, {"fix", fault.fix},
                                 {"source", fault.where.source}, {"field", fault.where.field},
                                 {"line", fault.where.line}, {"column", fault.where.column}});
    context.out().line(describe(fault));
  }
  context.out().json(json::object{{"is_valid", faults.empty()}, {"faults", std::move(items)}});
  if (faults.empty()) context.out().line(file + " is valid");
  return faults.empty() ? 0 : exit_invalid_config;
}

Result<int> schema(Context& context, const Arguments&) {
  context.out().raw(context.host().config_schema() + "\n");
  return 0;
}

bool is_yaml(const std::string& name) { return name.ends_with(".yaml") || name.ends_with(".yml"); }

/// The body of a plan request: objects for the console, a file, or the files as they stand on disk.
Result<json::object> wanted(const Arguments& arguments) {
  json::object body;
  if (const auto objects = arguments.text("WHAT"); is_yaml(objects)) {
    auto text = read_input(objects, 4u << 20);
    if (!text) return pass(text);
    body["yaml"] = with_full_paths(*text, std::filesystem::absolute(objects).parent_path());
    return body;
  }
  if (!arguments.has("--file")) return body;
  auto text = read_input(arguments.text("--file"), 4u << 20);
  if (!text) return pass(text);
  body["file"] = std::filesystem::path(arguments.text("--file")).filename().string();
  body["text"] = *text;
  return body;
}

Result<int> plan(Context& context, const Arguments& arguments) {
  auto body = wanted(arguments);
  if (!body) return pass(body);
  auto answer = context.post("/api/v1/config/plan", *body);
  if (!answer) return pass(answer);
  if (arguments.has("--out")) {
    auto written = replace_file(arguments.text("--out"), json::serialize(*answer));
    if (!written) return pass(written);
  }
  context.out().json(*answer);
  const auto rendered = member_at(*answer, "rendered");
  if (rendered.is_string()) context.out().line(std::string_view(rendered.get_string()));
  const auto changes = member_at(*answer, "changes");
  const bool has_changes = changes.is_array() && !changes.get_array().empty();
  return arguments.has("--exit-code") && has_changes ? exit_changes_present : 0;
}

Result<json::value> plan_to_apply(Context& context, const Arguments& arguments) {
  if (const auto saved = arguments.text("WHAT"); !saved.empty() && !is_yaml(saved)) {
    auto text = read_input(saved, 64u << 20);
    if (!text) return pass(text);
    return parse_json(*text);
  }
  auto body = wanted(arguments);
  if (!body) return pass(body);
  return context.post("/api/v1/config/plan", *body);
}

Result<int> print_revision(Context& context, const Result<json::value>& answer) {
  if (!answer) return std::unexpected(answer.error());
  context.out().json(*answer);
  context.out().fields(*answer, {{"number", "revision"}, {"action", "action"}, {"summary", "summary"}});
  return 0;
}

Result<int> apply(Context& context, const Arguments& arguments) {
  auto made = plan_to_apply(context, arguments);
  if (!made) return pass(made);
  const auto rendered = member_at(*made, "rendered");
  if (rendered.is_string()) context.out().line(std::string_view(rendered.get_string()));
  return print_revision(context, context.post("/api/v1/config/apply",
                                              {{"plan", *made}, {"reason", arguments.text("--reason")}}));
}

Result<int> history(Context& context, const Arguments&) {
  auto answer = context.get_all("/api/v1/config/history");
  if (!answer) return pass(answer);
  context.out().table(*answer, {{"number", "REVISION"}, {"time", "TIME"}, {"author", "AUTHOR"}, {"action", "ACTION"},
                                {"summary", "SUMMARY"}, {"reason", "REASON"}});
  return 0;
}

Result<int> export_config(Context& context, const Arguments& arguments) {
  const auto owner = arguments.text("--owner");
  auto text = context.get_text("/api/v1/config/export" + (owner.empty() ? "" : "?owner=" + encoded(owner)));
  if (!text) return pass(text);
  if (!arguments.has("--out")) {
    context.out().document("yaml", *text);
    return 0;
  }
  auto written = replace_file(arguments.text("--out"), *text);
  if (!written) return pass(written);
  context.out().json(json::object{{"file", arguments.text("--out")}, {"bytes", text->size()}});
  context.out().line("wrote " + arguments.text("--out"));
  return 0;
}

Result<int> show(Context& context, const Arguments& arguments) {
  auto answer = context.get(arguments.has("--origin") ? "/api/v1/config?origins=1" : "/api/v1/config");
  if (!answer) return pass(answer);
  if (context.out().is_json()) {
    context.out().json(*answer);
  } else if (arguments.has("--origin")) {
    context.out().table(member_at(*answer, "origins"), {{"path", "SETTING"}, {"value", "VALUE"}, {"from", "FROM"}});
  } else {
    auto objects = member_at(*answer, "objects");
    if (!objects.is_array()) return fail(ErrorCode::UpstreamFailed, "the server's answer has no objects");
    for (auto& object : objects.get_array()) {
      // Those of the console stand in no file.
      if (render_scalar(member_at(object, "origin.owner")) != "console") continue;
      object.at("origin") = json::object{{"owner", "console"}};
    }
    context.out().table(objects, {{"id", "OBJECT"}, {"origin.owner", "OWNER"}, {"origin.source", "FILE"},
                                  {"origin.line", "LINE"}});
  }
  return 0;
}

Result<int> roll_back(Context& context, const Arguments& arguments) {
  auto revision = arguments.integer("REVISION");
  if (!revision) return pass(revision);
  return print_revision(context, context.post("/api/v1/config/rollback", {{"revision", revision->value_or(0)},
                                                                          {"reason", arguments.text("--reason")}}));
}

}  // namespace

Commands config_commands() {
  const auto file = value("--file", "This file in the place of the one of its name; else the files as they stand.");
  const auto reason = value("--reason", "Kept in the history.");
  auto owner = value("--owner", "Only what files or the console own.");
  owner.choices = {"file", "console"};
  return {
      {"config", "validate", "Check a configuration file; needs no server.", {optional_positional("FILE", "The file.")},
       {"millwright config validate millwright.yaml"}, validate},
      {"config", "schema", "JSON Schema of a configuration file, for editors.", {}, {}, schema},
      {"config", "show", "The configuration in force.", {flag("--origin", "Where every value came from.")}, {}, show},
      {"config", "plan", "What would change, and what it touches.",
       {optional_positional("WHAT", "YAML of objects that become the console's."), file, value("--out", "Save the plan here."), flag("--exit-code", "Exit 10 when there are changes.")},
       {"millwright config plan --out change.plan"}, plan},
      {"config", "apply", "Do what a plan shows; a stale plan is refused (exit 6).",
       {optional_positional("WHAT", "A saved plan, or YAML of objects that become the console's."), file, reason},
       {"millwright config apply change.plan", "millwright config apply examples/onboarding/onboarding.yaml"},
       apply},
      {"config", "history", "List the revisions.", {}, {}, history},
      {"config", "rollback", "Back to an earlier revision.", {positional("REVISION", "Its number."), reason}, {}, roll_back},
      {"config", "export", "Canonical YAML of the state in force.",
       {owner, value("--out", "Write it to this file.")}, {"millwright config export --owner console"}, export_config},
  };
}

}  // namespace millwright::cli
