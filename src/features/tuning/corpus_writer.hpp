// Collects examples: one JSON line each, no answer twice, whole documents either for training or for validation.
#pragma once

#include <set>
#include <string>

#include "base/digest.hpp"
#include "base/id.hpp"

namespace millwright::tuning {

struct Example {
  std::string question, answer;
};

class CorpusWriter {
 public:
  explicit CorpusWriter(std::string system_prompt) : system_prompt_(std::move(system_prompt)) {}

  enum class Outcome : std::uint8_t { Added, Duplicate, Full };
  /// One document in ten, chosen by its id, is for validation: a document never teaches what it later tests.
  [[nodiscard]] Outcome add(Id document, const Example& example);

  struct Part {
    std::string lines;
    std::int64_t examples = 0;
  };
  [[nodiscard]] const Part& training() const { return training_; }
  [[nodiscard]] const Part& validation() const { return validation_; }

 private:
  std::string system_prompt_;
  Part training_, validation_;
  std::set<Digest> seen_;
};

}  // namespace millwright::tuning
