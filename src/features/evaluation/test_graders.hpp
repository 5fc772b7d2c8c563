// Small checks for this feature's own tests; the real ones live in extensions.
#pragma once

#include <memory>
#include <string>

#include "features/evaluation/evaluation.hpp"

namespace millwright::evaluation::testing_graders {

/// says: the answer is exactly this text.
class Says final : public Grader {
 public:
  std::string_view name() const override { return "says"; }
  Result<void> check_argument(const json::value& argument) const override {
    if (argument.is_string()) return {};
    return fail(ErrorCode::InvalidInput, "needs a text");
  }
  Grade grade(const Answer& answer, const json::value& argument) const override {
    return {answer.text == std::string_view(argument.get_string()), "said " + answer.text};
  }
};

/// blocked: whether a rule refused.
class Blocked final : public Grader {
 public:
  std::string_view name() const override { return "blocked"; }
  Result<void> check_argument(const json::value&) const override { return {}; }
  Grade grade(const Answer& answer, const json::value& argument) const override {
    return {answer.was_blocked == argument.get_bool(), answer.was_blocked ? "blocked" : "not blocked"};
  }
};

inline Graders make_graders() {
  Graders graders;
  graders.push_back(std::make_unique<Says>());
  graders.push_back(std::make_unique<Blocked>());
  return graders;
}

}  // namespace millwright::evaluation::testing_graders
