// Configurations of other products, turned into one of this program. Needs no server.
#include <cstdlib>
#include <filesystem>

#include "base/config/foreign_yaml.hpp"
#include "base/id.hpp"
#include "cli/context.hpp"
#include "cli/files.hpp"
#include "cli/litellm/import.hpp"
#include "cli/litellm/report.hpp"
#include "cli/nouns.hpp"

namespace millwright::cli {

namespace {

namespace fs = std::filesystem;
constexpr int exit_invalid_config = 3;
constexpr std::size_t bytes_max = 64u << 20;

/// A tree, or after saying what is wrong with the file, nothing.
Result<std::optional<config::Node>> read_tree(Context& context, const std::string& file) {
  auto text = read_input(file, bytes_max);
  if (!text) return pass(text);
  auto tree = config::parse_foreign_yaml(*text, file == "-" ? "standard input" : file);
  if (tree) return std::optional(std::move(*tree));
  for (const auto& fault : tree.error()) context.out().error(fault);
  return std::optional<config::Node>();
}

/// The variables of the environment that the source takes values from.
void find_variables(const config::Node& node, std::map<std::string, std::string, std::less<>>& found) {
  constexpr std::string_view mark = "os.environ/";
  if (node.text().starts_with(mark)) {
    const auto name = node.text().substr(mark.size());
    if (const char* value = std::getenv(name.c_str())) found.emplace(name, value);
  }
  for (const auto& item : node.items()) find_variables(item, found);
  for (const auto& member : node.members()) find_variables(member.node, found);
}

/// As the server would check it, in a folder of its own that is gone afterwards.
Result<config::Faults> check(const Context& context, const std::string& configuration) {
  std::error_code error;
  const auto folder = fs::temp_directory_path(error) / ("millwright-import-" + Id::generate().text());
  if (error || !fs::create_directory(folder, error)) {
    return fail(ErrorCode::Internal, "{} cannot be made: {}", folder.string(), error.message());
  }
  auto written = replace_file(folder / "millwright.yaml", configuration, 0600);
  auto faults = written ? context.host().validate(folder / "millwright.yaml") : config::Faults();
  fs::remove_all(folder, error);
  if (!written) return pass(written);
  return faults;
}

/// The files that are written: millwright.yaml, report.json, report.txt, create-keys.sh.
Result<json::array> write_files(const fs::path& directory, const litellm::Imported& imported) {
  std::error_code error;
  fs::create_directories(directory, error);
  if (error) return fail(ErrorCode::InvalidInput, "{} cannot be made: {}", directory.string(), error.message());
  if (fs::exists(directory / "millwright.yaml")) {
    auto refused = fail(ErrorCode::Conflict, "{} is already there", (directory / "millwright.yaml").string());
    refused.error().fix = "Name another folder with --out, or move the file away.";
    return refused;
  }
  const auto script = litellm::render_key_script(imported);
  json::array files;
  for (const auto& [name, text, mode] :
       {std::tuple("millwright.yaml", imported.configuration, 0640u),
        std::tuple("report.json", json::serialize(litellm::to_json(imported)) + "\n", 0640u),
        std::tuple("report.txt", litellm::render_report(imported), 0640u),
        std::tuple("create-keys.sh", script, 0750u)}) {
    if (text.empty()) continue;
    auto written = replace_file(directory / name, text, mode);
    if (!written) return pass(written);
    files.emplace_back((directory / name).string());
  }
  return files;
}

Result<int> show(Context& context, const Arguments& arguments, const litellm::Imported& imported) {
  const auto out = arguments.text_or("--out", "-");
  auto answer = litellm::to_json(imported);
  if (out == "-") {
    answer["configuration"] = imported.configuration;
    context.out().json(answer);
    if (context.out().is_json()) return 0;
    context.out().raw(imported.configuration);
    context.out().note(litellm::render_report(imported));
    return 0;
  }
  auto files = write_files(out, imported);
  if (!files) return pass(files);
  answer["files"] = *files;
  context.out().json(answer);
  context.out().line(litellm::render_report(imported));
  for (const auto& file : *files) context.out().line(fmt::format("wrote {}", std::string_view(file.get_string())));
  return 0;
}

Result<int> import_config(Context& context, const Arguments& arguments) {
  auto source = read_tree(context, arguments.text("FILE"));
  if (!source) return pass(source);
  if (!*source) return exit_invalid_config;
  std::vector<config::Node> exports;
  for (const auto& file : arguments.texts("--keys")) {
    auto tree = read_tree(context, file);
    if (!tree) return pass(tree);
    if (!*tree) return exit_invalid_config;
    exports.push_back(std::move(**tree));
  }
  litellm::ImportOptions options;
  options.owner = arguments.text_or("--owner", options.owner);
  options.data_class = arguments.text_or("--data-class", options.data_class);
  options.risk_tier = arguments.text_or("--risk-tier", options.risk_tier);
  options.models = arguments.texts("--model");
  find_variables(**source, options.environment);
  auto imported = litellm::import_litellm(**source, exports, context.host().vocabulary(), options);
  auto faults = imported ? check(context, imported->configuration) : Result<config::Faults>(imported.error());
  if (!faults) return pass(faults);
  for (const auto& fault : *faults) context.out().error(fault);
  if (!faults->empty()) return exit_invalid_config;
  return show(context, arguments, *imported);
}

}  // namespace

Commands config_import_commands() {
  auto format = positional("FORMAT", "Whose configuration it is.");
  format.choices = {"litellm"};
  auto data_class = value("--data-class", "Data class of the use cases; internal when absent.");
  data_class.choices = {"public", "internal", "confidential", "restricted"};
  auto tier = value("--risk-tier", "Risk tier of the use cases; T1 when absent.");
  tier.choices = {"T0", "T1", "T2", "T3"};
  return {
      {"config",
       "import",
       "Turn another gateway's configuration into one of this program; every value is accounted for. Needs no server.",
       {format, positional("FILE", "Its configuration, - for standard input."),
        value("--out",
              "Folder for millwright.yaml, the report and a script that makes the keys; - for standard output."),
        repeated("--keys", "Its keys, teams, users and budgets, exported as JSON."),
        repeated("--model", "A model that clients ask for below a wildcard."),
        value("--owner", "Team that owns the use cases; it when absent."), data_class, tier},
       {"millwright config import litellm config.yaml --out imported",
        "millwright config import litellm config.yaml --keys keys.json --out imported"},
       import_config}};
}

}  // namespace millwright::cli
