// The files of the configuration: their layout, and which objects they own.
#include <algorithm>
#include <filesystem>

#include "base/config/format.hpp"
#include "cli/context.hpp"
#include "cli/files.hpp"
#include "cli/nouns.hpp"

namespace millwright::cli {

namespace {

namespace fs = std::filesystem;
constexpr int exit_invalid_config = 3;
constexpr int exit_changes_present = 10;

/// The files given, else the configuration file and what stands in conf.d beside it.
std::vector<std::string> files_of(const Context& context, const Arguments& arguments) {
  auto files = arguments.texts("FILE");
  if (!files.empty()) return files;
  const auto& main = context.target().places.config;
  std::error_code error;
  for (fs::directory_iterator entry(fs::absolute(main).parent_path() / "conf.d", error), end; !error && entry != end;
       entry.increment(error)) {
    const auto name = entry->path().filename().string();
    if (name.ends_with(".yaml") && !name.starts_with(".")) files.push_back(entry->path().string());
  }
  std::ranges::sort(files);
  files.insert(files.begin(), main.string());
  return files;
}

struct Formatted {
  std::string file, text;
  bool is_changed = false;
};

Result<int> format(Context& context, const Arguments& arguments) {
  std::vector<Formatted> formatted;
  json::array faults;
  for (const auto& file : files_of(context, arguments)) {
    auto text = read_input(file, 4u << 20);
    if (!text) return pass(text);
    auto result = config::format_yaml(*text, file);
    if (result) {
      formatted.push_back({file, std::move(*result), false});
      formatted.back().is_changed = formatted.back().text != *text;
      continue;
    }
    for (const auto& fault : result.error()) {
      context.out().note(describe(fault));
      faults.push_back(json::object{{"source", file}, {"message", fault.message}, {"fix", fault.fix}});
    }
  }
  // All or none: a file that cannot be read now would otherwise be forgotten.
  const bool is_valid = faults.empty();
  json::array changed;
  for (const auto& one : formatted) {
    if (one.file == "-") {
      if (!is_valid) break;
      if (!context.out().is_json()) context.out().raw(one.text);
    } else if (one.is_changed && is_valid && !arguments.has("--check")) {
      auto written = replace_file(one.file, one.text);
      if (!written) return pass(written);
    }
    if (one.is_changed) changed.emplace_back(one.file);
    if (one.is_changed && is_valid && one.file != "-") {
      context.out().line(fmt::format("{} {}", arguments.has("--check") ? "would format" : "formatted", one.file));
    }
  }
  const bool has_changes = !changed.empty();
  context.out().json(json::object{{"changed", std::move(changed)}, {"faults", std::move(faults)}});
  if (!is_valid) return exit_invalid_config;
  return has_changes && arguments.has("--check") ? exit_changes_present : 0;
}

/// Shows the move, and unless it is only to be shown, makes it.
Result<int> move_object(Context& context, const Arguments& arguments, std::string_view step) {
  json::object wanted{{step, arguments.text("OBJECT")}};
  json::object body{{"object", arguments.text("OBJECT")}, {"reason", arguments.text("--reason")}};
  if (arguments.has("--file")) {
    const auto name = fs::path(arguments.text("--file")).filename().string();
    wanted["file"] = name;
    body["file"] = name;
  }
  auto plan = context.post("/api/v1/config/plan", wanted);
  if (!plan) return pass(plan);
  const auto rendered = member_at(*plan, "rendered");
  if (rendered.is_string()) context.out().line(std::string_view(rendered.get_string()));
  if (arguments.has("--dry-run")) {
    context.out().json(*plan);
    return 0;
  }
  auto revision = context.post(fmt::format("/api/v1/config/{}", step), body);
  if (!revision) return pass(revision);
  context.out().json(*revision);
  context.out().fields(*revision, {{"number", "revision"}, {"action", "action"}, {"summary", "summary"}});
  return 0;
}

Result<int> adopt(Context& context, const Arguments& arguments) { return move_object(context, arguments, "adopt"); }
Result<int> release(Context& context, const Arguments& arguments) { return move_object(context, arguments, "release"); }

}  // namespace

Commands config_file_commands() {
  const auto files = repeated("FILE", "The files, - for standard input; the configuration and its conf.d when absent.");
  const auto object = positional("OBJECT", "Kind and name, as in use_cases/helpdesk.");
  const auto reason = value("--reason", "Kept in the history and the audit log.");
  const auto dry_run = flag("--dry-run", "Show the plan only.");
  return {
      {"config", "fmt", "Lay out configuration files canonically; comments, order and values stay. Needs no server.",
       {files, flag("--check", "Write nothing; exit 10 when a file would change.")},
       {"millwright config fmt", "millwright config fmt --check conf.d/*.yaml"}, format},
      {"config", "adopt", "The console takes over an object of a file, which is then without it.",
       {object, reason, dry_run}, {"millwright config adopt use_cases/helpdesk --reason 'edited by its owner'"}, adopt},
      {"config", "release", "The console gives an object back to a file.",
       {object, value("--file", "The main file or one in conf.d; conf.d/released.yaml when absent."), reason, dry_run},
       {"millwright config release use_cases/helpdesk --file helpdesk.yaml"}, release},
  };
}

}  // namespace millwright::cli
