// Task classifiers: how well, how fast they learn and answer, on labelled customer questions, against a majority
// baseline.
//
// Data is read from $MILLWRIGHT_DATA (intents/banking77_train.csv, intents/banking77_test.csv); without it a line says
// so. One JSON object a line.
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <sstream>

#include "features/tuning/task_trainer.hpp"

namespace {

using namespace millwright;

std::optional<std::vector<tuning::LabelledText>> read(const std::string& file) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream) return std::nullopt;
  std::ostringstream text;
  text << stream.rdbuf();
  auto examples = tuning::parse_labelled_texts(text.str());
  if (!examples) {
    std::cerr << file << ": " << examples.error().message << '\n';
    return std::nullopt;
  }
  return std::move(*examples);
}

}  // namespace

int main() {
  const char* data = std::getenv("MILLWRIGHT_DATA");
  const std::string folder = std::string(data == nullptr ? "" : data) + "/intents/banking77_";
  auto examples = data == nullptr ? std::nullopt : read(folder + "train.csv");
  auto tests = data == nullptr ? std::nullopt : read(folder + "test.csv");
  if (!examples || !tests) {
    std::cout
        << R"({"benchmark":"intents","skipped":"no intents/banking77_train.csv and banking77_test.csv in MILLWRIGHT_DATA"})"
        << '\n';
    return 0;
  }
  tuning::TaskTraining training;
  training.tests = std::move(*tests);
  const auto trained = tuning::train_task(*examples, training);
  if (!trained) {
    std::cerr << trained.error().message << '\n';
    return 1;
  }
  auto line = tuning::to_json(trained->report);
  line.erase("confusion");
  line["benchmark"] = "intents";
  line["model_bytes"] = trained->model.size();
  std::cout << json::serialize(line) << '\n';
  return 0;
}
