// Recognises what a text asks for, among labels that a customer trained: hashed words, pairs of words and pieces of
// words, one linear score a label. Training is in features/tuning; this is what a running server needs of it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/digest.hpp"
#include "base/error.hpp"
#include "base/json.hpp"

namespace millwright {

/// Hashes of the features of a text, sorted, each once: words, pairs of words, and runs of three and four bytes within
/// a word. Only the first 4 KiB of the text count. ASCII letters count in lower case.
[[nodiscard]] std::vector<std::uint32_t> text_features(std::string_view text);

/// Immutable, so that any number of threads may ask it.
class TaskClassifier {
 public:
  static constexpr std::size_t labels_max = 512;
  static constexpr std::size_t bytes_max = 256u << 20;

  /// What a model is made of: weights are feature by feature, one for each label.
  struct Parts {
    std::vector<std::string> labels;
    std::vector<float> bias;              // of each label
    std::vector<std::uint32_t> features;  // sorted
    std::vector<float> weights;           // features.size() * labels.size()
    double sharpness = 1;                 // scores times this, through softmax, are probabilities
    json::object facts;                   // how it was trained; travels along
  };
  /// The bytes of a model file: the same parts give the same bytes. Weights are rounded to 16 bits.
  [[nodiscard]] static std::string render(const Parts& parts);
  /// InvalidInput for what is no model file, or one that is cut or longer than it says.
  [[nodiscard]] static Result<std::shared_ptr<const TaskClassifier>> parse(std::string_view bytes);

  struct Guess {
    std::string_view label;  // lives as long as the classifier
    double confidence = 0;   // 0 to 1
  };
  /// The likeliest label. A text without any known feature has confidence 0.
  [[nodiscard]] Guess guess(std::string_view text) const;
  /// Scores before sharpening, one for each label: for calibration.
  [[nodiscard]] std::vector<float> scores(std::string_view text) const;

  [[nodiscard]] const std::vector<std::string>& labels() const { return labels_; }
  [[nodiscard]] const json::object& facts() const { return facts_; }
  [[nodiscard]] const Digest& digest() const { return digest_; }  // of the file

 private:
  TaskClassifier() = default;
  void index_features(const std::vector<std::uint32_t>& features);
  /// Row of a feature, or nothing that a row could be.
  [[nodiscard]] std::uint32_t find_row(std::uint32_t feature) const;

  struct Slot {
    std::uint32_t feature = 0;
    std::uint32_t row = no_row;
  };
  static constexpr std::uint32_t no_row = 0xFFFF'FFFF;

  std::vector<std::string> labels_;
  std::vector<float> bias_, scale_;  // of each label
  std::vector<std::int16_t> weights_;
  std::vector<Slot> slots_;  // a power of two; open addressing
  double sharpness_ = 1;
  json::object facts_;
  Digest digest_;
};

/// The index and probability of the largest of `scores` times `sharpness` under softmax.
[[nodiscard]] std::pair<std::size_t, double> likeliest(const std::vector<float>& scores, double sharpness);

}  // namespace millwright
