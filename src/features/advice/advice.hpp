// Advice on decisions, with reasons: whether a use case should retrieve, tune, or train. Pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "base/json.hpp"

namespace millwright::advice {

/// What is known about a task.
struct StrategyQuestion {
  bool has_changing_knowledge = false;       // answers depend on facts that change
  bool needs_style_or_structure = false;     // a tone, a domain's phrasing, a fixed form of answers
  bool has_proprietary_behaviour = false;    // judgement that no public model can know
  bool needs_constrained_accuracy = false;   // very high accuracy on a narrow task, such as triage
  std::int64_t labelled_examples = 0;        // good answers at hand
  bool has_evaluation_suite = false;
  bool has_retraining_owner = false;         // somebody who keeps labels, versions and retraining going
  std::optional<double> prompt_pass_rate;    // measured with prompts and retrieval alone, 0…1
  std::optional<double> target_pass_rate;    // what the business needs, 0…1
};

enum class Strategy : std::uint8_t { Prompt, Retrieve, Tune, Train };
[[nodiscard]] std::string_view strategy_name(Strategy strategy);   // "prompt", "retrieve", "tune", "train"

struct StrategyAdvice {
  std::vector<Strategy> now;            // to be done, in this order; never empty
  std::vector<Strategy> later;          // fits the task, and something is missing yet
  std::vector<std::string> reasons;     // one sentence each
  std::vector<std::string> missing;     // what stands before `later`
};

/// The decision tree: changing knowledge → retrieve; style and structure → tune lightly; proprietary behaviour or very
/// high accuracy on a constrained task → train or adapt. Prompts come first in every case, and nothing is tuned that
/// prompts and retrieval already do well enough.
[[nodiscard]] StrategyAdvice advise_strategy(const StrategyQuestion& question);

/// InvalidInput naming the field for unknown members, wrong types and rates outside 0…1.
[[nodiscard]] Result<StrategyQuestion> parse_strategy_question(const json::object& object);
[[nodiscard]] json::object to_json(const StrategyAdvice& advice);

}  // namespace millwright::advice
