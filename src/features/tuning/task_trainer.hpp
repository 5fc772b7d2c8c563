// Trains a task classifier (base/task_classifier.hpp) on labelled texts: logistic regression by LIBLINEAR.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "base/json.hpp"
#include "features/tuning/labelled_texts.hpp"

namespace millwright::tuning {

struct TaskTraining {
  std::uint64_t seed = 1;           // of the split
  double held_out = 0.2;            // share of each label's examples that is only for testing; 0 < share < 1
  double cost = 10;                 // of errors against large weights (LIBLINEAR's C)
  std::vector<LabelledText> tests;  // when given, the test set, and all examples are for training
};

/// What was measured on examples that the measured model has not seen.
struct TaskReport {
  std::int64_t examples = 0, duplicates = 0, labels = 0, features = 0;
  std::int64_t trained_on = 0, tested_on = 0;
  double accuracy = 0, macro_f1 = 0, majority_accuracy = 0;
  double calibration_error = 0;  // expected, over ten bands of confidence
  double seconds = 0;            // of one training
  double microseconds = 0;       // of one prediction, on average
  /// truth → guess → how often
  std::map<std::string, std::map<std::string, std::int64_t>> confusion;
};
[[nodiscard]] json::object to_json(const TaskReport& report);

struct TrainedTask {
  std::string model;  // bytes of the model file; trained on all examples
  TaskReport report;
};
/// The same examples and settings give the same bytes. InvalidInput when there are fewer than two labels, more than
/// TaskClassifier::labels_max, or a label with fewer than two different texts. Texts that occur twice count once; of
/// one that occurs with two labels the first counts.
[[nodiscard]] Result<TrainedTask> train_task(const std::vector<LabelledText>& examples, const TaskTraining& training);

}  // namespace millwright::tuning
