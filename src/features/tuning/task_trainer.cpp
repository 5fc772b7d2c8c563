#include "features/tuning/task_trainer.hpp"

#include <linear.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <memory>
#include <numeric>
#include <random>
#include <set>
#include <unordered_map>

#include "base/digest.hpp"
#include "base/task_classifier.hpp"
#include "base/text.hpp"

namespace millwright::tuning {

namespace {

constexpr int documents_min = 2;  // texts that a feature must stand in
constexpr double stop_below = 0.01;

struct Example {
  std::vector<std::uint32_t> features;
  std::size_t label = 0;
  const std::string* text = nullptr;
};
struct Examples {
  std::vector<std::string> labels;
  std::vector<Example> list;
  std::int64_t duplicates = 0;
};

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

Result<Examples> collect(const std::vector<LabelledText>& given) {
  Examples examples;
  std::set<std::string> labels;
  for (const auto& each : given) labels.insert(each.label);
  examples.labels.assign(labels.begin(), labels.end());
  if (labels.size() < 2)
    return fail(ErrorCode::InvalidInput, "there must be at least two labels, and there are {}", labels.size());
  if (labels.size() > TaskClassifier::labels_max) {
    return fail(ErrorCode::InvalidInput, "there are {} labels, more than {}", labels.size(),
                TaskClassifier::labels_max);
  }
  std::set<std::string> seen;
  std::vector<int> count(labels.size());
  for (const auto& each : given) {
    if (!seen.insert(normalized_for_comparison(collapsed_whitespace(each.text))).second) {
      ++examples.duplicates;
      continue;
    }
    const auto label =
        static_cast<std::size_t>(std::ranges::lower_bound(examples.labels, each.label) - examples.labels.begin());
    ++count[label];
    examples.list.push_back({text_features(each.text), label, &each.text});
  }
  for (std::size_t i = 0; i < count.size(); ++i) {
    if (count[i] >= 2) continue;
    auto error = fail(ErrorCode::InvalidInput, "the label \"{}\" has {} different texts", examples.labels[i], count[i]);
    error.error().fix = "Give every label at least two, better twenty.";
    return error;
  }
  return examples;
}

/// Of each label the same share, at least one for either side; which ones is a matter of the seed.
std::vector<bool> choose_tests(const Examples& examples, const TaskTraining& training) {
  std::vector<bool> is_test(examples.list.size());
  std::vector<std::vector<std::size_t>> by_label(examples.labels.size());
  for (std::size_t i = 0; i < examples.list.size(); ++i) by_label[examples.list[i].label].push_back(i);
  std::mt19937_64 random(training.seed);
  for (auto& indexes : by_label) {
    for (std::size_t i = indexes.size(); i > 1; --i) std::swap(indexes[i - 1], indexes[random() % i]);
    const auto share = static_cast<std::size_t>(std::llround(static_cast<double>(indexes.size()) * training.held_out));
    for (std::size_t i = 0; i < std::clamp<std::size_t>(share, 1, indexes.size() - 1); ++i) is_test[indexes[i]] = true;
  }
  return is_test;
}

std::vector<std::uint32_t> common_features(const std::vector<const Example*>& examples) {
  std::unordered_map<std::uint32_t, int> documents;
  for (const auto* example : examples) {
    for (const auto feature : example->features) ++documents[feature];
  }
  std::vector<std::uint32_t> features;
  for (const auto& [feature, count] : documents) {
    if (count >= documents_min) features.push_back(feature);
  }
  std::ranges::sort(features);
  return features;
}

/// The examples as LIBLINEAR takes them, with a last feature that is always 1: the bias.
class Problem {
 public:
  Problem(const std::vector<const Example*>& examples, const std::vector<std::uint32_t>& features) {
    for (const auto* example : examples) add(*example, features);
    for (const auto start : starts_) rows_.push_back(nodes_.data() + start);
    problem_.l = static_cast<int>(rows_.size());
    problem_.n = static_cast<int>(features.size()) + 1;
    problem_.y = labels_.data();
    problem_.x = rows_.data();
    problem_.bias = 1;
  }
  [[nodiscard]] const problem& get() const { return problem_; }

 private:
  void add(const Example& example, const std::vector<std::uint32_t>& features) {
    starts_.push_back(nodes_.size());
    labels_.push_back(static_cast<double>(example.label));
    for (const auto feature : example.features) {
      const auto found = std::ranges::lower_bound(features, feature);
      if (found != features.end() && *found == feature)
        nodes_.push_back({static_cast<int>(found - features.begin()) + 1, 1});
    }
    const auto length = 1 / std::sqrt(static_cast<double>(std::max<std::size_t>(example.features.size(), 1)));
    for (auto i = starts_.back(); i < nodes_.size(); ++i) nodes_[i].value = length;
    nodes_.push_back({static_cast<int>(features.size()) + 1, 1});
    nodes_.push_back({-1, 0});
  }

  std::vector<feature_node> nodes_;
  std::vector<std::size_t> starts_;
  std::vector<feature_node*> rows_;
  std::vector<double> labels_;
  problem problem_{};
};

void print_nothing(const char*) {}

struct FreeModel {
  void operator()(model* trained) const { free_and_destroy_model(&trained); }
};

TaskClassifier::Parts fit(const std::vector<const Example*>& examples, const std::vector<std::string>& labels,
                          double cost) {
  TaskClassifier::Parts parts;
  parts.labels = labels;
  parts.features = common_features(examples);
  const Problem prepared(examples, parts.features);
  parameter settings{};
  settings.solver_type = L2R_LR;
  settings.C = cost;
  settings.eps = stop_below;
  set_print_string_function(print_nothing);
  const std::unique_ptr<model, FreeModel> trained(train(&prepared.get(), &settings));
  const auto count = labels.size();
  parts.bias.resize(count);
  parts.weights.resize(parts.features.size() * count);
  // Labels stand in the order in which they first occurred; of two labels only the first has weights.
  const auto columns = trained->nr_class == 2 ? 1 : trained->nr_class;
  for (int column = 0; column < columns; ++column) {
    const auto label = static_cast<std::size_t>(trained->label[column]);
    const auto weight = [&](std::size_t feature) {
      return static_cast<float>(
          trained->w[feature * static_cast<std::size_t>(columns) + static_cast<std::size_t>(column)]);
    };
    for (std::size_t i = 0; i < parts.features.size(); ++i) parts.weights[i * count + label] = weight(i);
    parts.bias[label] = weight(parts.features.size());
  }
  return parts;
}

/// The sharpness under which the truth is likeliest, by narrowing the interval of its logarithm. As with Platt's
/// scaling the truth is not taken for certain: few tests that were all guessed right must not make every guess a
/// certainty.
double calibrate(const std::vector<std::vector<float>>& scores, const std::vector<std::size_t>& truth) {
  const auto number = static_cast<double>(scores.size());
  const auto certain = (number + 1) / (number + 2);
  const auto loss = [&](double sharpness) {
    double sum = 0;
    for (std::size_t i = 0; i < scores.size(); ++i) {
      const auto [best, probability] = likeliest(scores[i], sharpness);
      double others = 0;
      for (const auto score : scores[i]) others += static_cast<double>(scores[i][best]) - static_cast<double>(score);
      const auto behind = static_cast<double>(scores[i][best]) - static_cast<double>(scores[i][truth[i]]);
      const auto rest = static_cast<double>(scores[i].size() - 1);
      sum += (certain * behind + (1 - certain) / rest * (others - behind)) * sharpness - std::log(probability);
    }
    return sum;
  };
  double low = std::log(0.05), high = std::log(50.0);
  for (int i = 0; i < 40; ++i) {
    const double left = low + (high - low) / 3, right = high - (high - low) / 3;
    if (loss(std::exp(left)) < loss(std::exp(right)))
      high = right;
    else
      low = left;
  }
  return std::exp((low + high) / 2);
}

double macro_f1(const std::vector<std::string>& labels, const TaskReport& report) {
  double sum = 0;
  int count = 0;
  for (const auto& label : labels) {
    double hits = 0, truths = 0, guesses = 0;
    for (const auto& [truth, row] : report.confusion) {
      for (const auto& [guess, number] : row) {
        const auto n = static_cast<double>(number);
        hits += truth == label && guess == label ? n : 0;
        truths += truth == label ? n : 0;
        guesses += guess == label ? n : 0;
      }
    }
    if (truths == 0) continue;
    ++count;
    sum += hits == 0 ? 0 : 2 * hits / (truths + guesses);
  }
  return count == 0 ? 0 : sum / count;
}

/// Fills in what is measured on the tests, and gives the sharpness.
double measure(const TaskClassifier& classifier, const std::vector<const Example*>& tests,
               const std::vector<const Example*>& trained, TaskReport& report) {
  std::vector<std::vector<float>> scores;
  std::vector<std::size_t> truth;
  const auto start = std::chrono::steady_clock::now();
  for (const auto* test : tests) scores.push_back(classifier.scores(*test->text));
  report.microseconds = seconds_since(start) * 1e6 / static_cast<double>(std::max<std::size_t>(tests.size(), 1));
  for (const auto* test : tests) truth.push_back(test->label);
  const auto sharpness = calibrate(scores, truth);
  std::vector<std::int64_t> frequency(classifier.labels().size());
  for (const auto* example : trained) ++frequency[example->label];
  const auto majority = static_cast<std::size_t>(std::ranges::max_element(frequency) - frequency.begin());
  std::array<double, 10> confident{}, right{};
  double hits = 0, majority_hits = 0;
  for (std::size_t i = 0; i < scores.size(); ++i) {
    const auto [best, probability] = likeliest(scores[i], sharpness);
    const auto band = std::min<std::size_t>(static_cast<std::size_t>(probability * 10), 9);
    confident[band] += probability;
    right[band] += best == truth[i] ? 1 : 0;
    hits += best == truth[i] ? 1 : 0;
    majority_hits += truth[i] == majority ? 1 : 0;
    ++report.confusion[classifier.labels()[truth[i]]][classifier.labels()[best]];
  }
  const auto number = static_cast<double>(std::max<std::size_t>(scores.size(), 1));
  for (std::size_t band = 0; band < 10; ++band)
    report.calibration_error += std::abs(confident[band] - right[band]) / number;
  report.accuracy = hits / number;
  report.majority_accuracy = majority_hits / number;
  report.macro_f1 = macro_f1(classifier.labels(), report);
  report.tested_on = static_cast<std::int64_t>(tests.size());
  return sharpness;
}

std::string digest_of(const std::vector<LabelledText>& examples) {
  Sha256 digest;
  for (const auto& each : examples)
    digest.update(fmt::format("{}\n{}\n{}{}", each.label.size(), each.text.size(), each.label, each.text));
  return digest.finish().text();
}

}  // namespace

json::object to_json(const TaskReport& report) {
  json::object confusion;
  for (const auto& [truth, row] : report.confusion) {
    json::object guesses;
    for (const auto& [guess, number] : row) guesses[guess] = number;
    confusion[truth] = std::move(guesses);
  }
  return {{"examples", report.examples},
          {"duplicates", report.duplicates},
          {"labels", report.labels},
          {"features", report.features},
          {"trained_on", report.trained_on},
          {"tested_on", report.tested_on},
          {"accuracy", report.accuracy},
          {"macro_f1", report.macro_f1},
          {"majority_accuracy", report.majority_accuracy},
          {"calibration_error", report.calibration_error},
          {"train_seconds", report.seconds},
          {"predict_us", report.microseconds},
          {"confusion", std::move(confusion)}};
}

Result<TrainedTask> train_task(const std::vector<LabelledText>& given, const TaskTraining& training) {
  auto examples = collect(given);
  if (!examples) return pass(examples);
  std::vector<const Example*> all, trained, tests;
  std::vector<Example> further;
  const auto is_test =
      training.tests.empty() ? choose_tests(*examples, training) : std::vector<bool>(examples->list.size());
  for (std::size_t i = 0; i < examples->list.size(); ++i) {
    all.push_back(&examples->list[i]);
    (is_test[i] ? tests : trained).push_back(all.back());
  }
  for (const auto& test : training.tests) {
    const auto label = std::ranges::lower_bound(examples->labels, test.label);
    if (label == examples->labels.end() || *label != test.label) {
      return fail(ErrorCode::InvalidInput, "the label \"{}\" of the tests stands in no example", test.label);
    }
    further.push_back(
        {text_features(test.text), static_cast<std::size_t>(label - examples->labels.begin()), &test.text});
  }
  for (const auto& test : further) tests.push_back(&test);
  TrainedTask result;
  auto& report = result.report;
  report.examples = static_cast<std::int64_t>(given.size());
  report.duplicates = examples->duplicates;
  report.labels = static_cast<std::int64_t>(examples->labels.size());
  report.trained_on = static_cast<std::int64_t>(trained.size());
  const auto start = std::chrono::steady_clock::now();
  auto parts = fit(trained, examples->labels, training.cost);
  report.seconds = seconds_since(start);
  auto measured = TaskClassifier::parse(TaskClassifier::render(parts));
  if (!measured) return pass(measured);
  const auto sharpness = measure(**measured, tests, trained, report);
  if (further.empty()) parts = fit(all, examples->labels, training.cost);
  parts.sharpness = sharpness;
  report.features = static_cast<std::int64_t>(parts.features.size());
  // Times differ from run to run and stay out of the file, so that equal inputs give equal files.
  parts.facts = to_json(report);
  for (const auto* name : {"train_seconds", "predict_us", "confusion"}) parts.facts.erase(name);
  parts.facts["seed"] = training.seed;
  parts.facts["cost"] = training.cost;
  parts.facts["held_out"] = training.held_out;
  parts.facts["data"] = digest_of(given);
  result.model = TaskClassifier::render(parts);
  return result;
}

}  // namespace millwright::tuning
