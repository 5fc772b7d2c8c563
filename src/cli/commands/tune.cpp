// Fine-tuning corpora.
#include "cli/context.hpp"
#include "cli/files.hpp"
#include "cli/nouns.hpp"

namespace millwright::cli {

namespace {

/// Fetches one part into DIRECTORY/NAME.jsonl; nothing when the corpus has no such part.
Result<void> save_part(Context& context, const json::value& corpus, const std::string& name,
                       const std::filesystem::path& directory) {
  const auto digest = member_at(corpus, name);
  if (!digest.is_string() || digest.get_string().empty()) return {};
  auto text = context.get_text("/api/v1/corpora/" + encoded(digest.get_string()));
  if (!text) return pass(text);
  const auto path = directory / (name + ".jsonl");
  auto written = replace_file(path, *text, 0600);
  if (!written) return written;
  context.out().line("wrote " + path.string());
  return {};
}

Result<int> export_corpus(Context& context, const Arguments& arguments) {
  json::object body;
  if (arguments.has("--system")) {
    auto prompt = read_input(arguments.text("--system"), 256u << 10);
    if (!prompt) return pass(prompt);
    body["system_prompt"] = std::move(*prompt);
  }
  if (arguments.has("--class-max")) body["class_max"] = arguments.text("--class-max");
  auto words = arguments.integer("--words-max");
  if (!words) return pass(words);
  if (*words) body["words_max"] = **words;
  auto corpus = context.post(fmt::format("/api/v1/datasets/{}/corpus", encoded(arguments.text("DATASET"))), body);
  if (!corpus) return pass(corpus);
  context.out().json(*corpus);
  context.out().fields(*corpus, {{"documents", "documents"}, {"training_examples", "training examples"},
                                 {"validation_examples", "validation examples"}, {"manifest", "manifest"}});
  const auto skipped = member_at(*corpus, "skipped");
  if (skipped.is_object()) {
    for (const auto& reason : skipped.get_object()) {
      context.out().line(fmt::format("left out: {} {}", render_scalar(reason.value()), std::string_view(reason.key())));
    }
  }
  if (!arguments.has("--out")) return 0;
  const std::filesystem::path directory(arguments.text("--out"));
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  if (error) return fail(ErrorCode::InvalidInput, "{} cannot be made: {}", directory.string(), error.message());
  for (const auto* part : {"training", "validation"}) {
    auto saved = save_part(context, *corpus, part, directory);
    if (!saved) return pass(saved);
  }
  return 0;
}

}  // namespace

Commands tune_commands() {
  auto class_max = value("--class-max", "Documents of a higher class are left out; internal when absent.");
  class_max.choices = {"public", "internal", "confidential", "restricted"};
  return {{"tune",
           "export",
           "Make a fine-tuning corpus of a dataset's newest approved version.",
           {positional("DATASET", "Name of the dataset."),
            value("--out", "Folder for training.jsonl and validation.jsonl."),
            value("--system", "File with the system prompt of every example."), class_max,
            value("--words-max", "Words of an example's answer at most, 20 to 4000; 400 when absent.")},
           {"millwright tune export it-kb --out corpus"},
           export_corpus}};
}

}  // namespace millwright::cli
