// Small models of one's own, trained in seconds on labelled examples. Needs no server.
#include <filesystem>

#include "base/config/node.hpp"
#include "base/task_classifier.hpp"
#include "cli/context.hpp"
#include "cli/files.hpp"
#include "cli/nouns.hpp"
#include "features/tuning/tuning.hpp"

namespace millwright::cli {

namespace {

namespace fs = std::filesystem;
using config::Kind;
using config::option;
constexpr int exit_invalid_config = 3;

std::vector<config::Section> recipe_sections() {
  return {
      {"kind", config::choice("What is trained.", {"task_classifier"}).required()},
      {"name", option(Kind::Name, "The model's name.").required()},
      {"data", option(Kind::Text, "Labelled examples, CSV or JSON lines, beside the recipe.").required()},
      {"test", option(Kind::Text, "Examples that are only for testing; a share of the data when left out.")},
      {"held_out", option(Kind::Integer, "That share, in percent.").fallback("20").between(1, 90)},
      {"seed", option(Kind::Integer, "Decides which examples are held out.").fallback("1").between(0, 1'000'000'000)},
      {"cost", option(Kind::Real, "Of errors against large weights.").fallback("10")}};
}

/// A valid recipe, or after saying what is wrong with it, nothing.
Result<std::optional<config::Node>> read_recipe(Context& context, const std::string& file) {
  auto text = read_input(file, 1u << 20);
  if (!text) return pass(text);
  auto tree = config::parse_yaml(*text, file);
  if (tree) tree = config::validate(std::move(*tree), recipe_sections());
  if (tree) return std::optional(std::move(*tree));
  for (const auto& fault : tree.error()) context.out().error(fault);
  return std::optional<config::Node>();
}

Result<std::vector<tuning::LabelledText>> read_examples(const fs::path& directory, const config::Node& node) {
  const auto file = (directory / node.text()).lexically_normal().string();
  auto text = read_input(file);
  if (!text) return pass(text);
  auto examples = tuning::parse_labelled_texts(*text);
  if (examples) return examples;
  examples.error().message = fmt::format("{}: {}", file, examples.error().message);
  return examples;
}

void show(Context& context, const tuning::TaskReport& report, const std::string& file) {
  const auto line = [&context](std::string_view name, const std::string& value) {
    context.out().line(fmt::format("{:<20} {}", name, value));
  };
  line("examples", fmt::format("{} ({} twice), {} labels, {} features", report.examples, report.duplicates,
                               report.labels, report.features));
  line("tested on", fmt::format("{}", report.tested_on));
  line("accuracy",
       fmt::format("{:.3f} (always the most frequent label: {:.3f})", report.accuracy, report.majority_accuracy));
  line("macro-F1", fmt::format("{:.3f}", report.macro_f1));
  line("calibration error", fmt::format("{:.3f}", report.calibration_error));
  line("training", fmt::format("{:.2f} s", report.seconds));
  line("one prediction", fmt::format("{:.1f} us", report.microseconds));
  context.out().line("wrote " + file);
}

Result<int> train(Context& context, const Arguments& arguments) {
  const auto file = arguments.text("RECIPE");
  auto recipe = read_recipe(context, file);
  if (!recipe) return pass(recipe);
  if (!*recipe) return exit_invalid_config;
  const auto& settings = **recipe;
  const auto directory = fs::absolute(file).parent_path();
  auto examples = read_examples(directory, settings["data"]);
  if (!examples) return pass(examples);
  tuning::TaskTraining training;
  training.seed = static_cast<std::uint64_t>(settings["seed"].integer());
  training.held_out = static_cast<double>(settings["held_out"].integer()) / 100;
  training.cost = settings["cost"].real();
  if (training.cost <= 0) return fail(ErrorCode::InvalidInput, "cost must be above 0");
  if (settings["test"].is_set()) {
    auto tests = read_examples(directory, settings["test"]);
    if (!tests) return pass(tests);
    training.tests = std::move(*tests);
  }
  auto trained = tuning::train_task(*examples, training);
  if (!trained) return pass(trained);
  const auto digest = sha256(trained->model);
  const auto out = fs::path(arguments.text_or("--out", directory.string())) /
                   fmt::format("{}-{}.task", settings["name"].text(), digest.short_text());
  auto written = replace_file(out, trained->model, 0644);
  if (!written) return pass(written);
  auto answer = tuning::to_json(trained->report);
  answer["name"] = settings["name"].text();
  answer["file"] = out.string();
  answer["digest"] = digest.text();
  answer["bytes"] = trained->model.size();
  context.out().json(answer);
  show(context, trained->report, out.string());
  return 0;
}

}  // namespace

Commands tune_train_commands() {
  return {{"tune",
           "train",
           "Train a small model of your own on labelled examples, and measure it. Needs no server.",
           {positional("RECIPE", "YAML with kind, name, data."),
            value("--out", "Folder for the model; that of the recipe when absent.")},
           {"millwright tune train desk-tasks.yaml --json"},
           train}};
}

}  // namespace millwright::cli
