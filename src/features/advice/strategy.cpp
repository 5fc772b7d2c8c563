#include <algorithm>

#include "base/text.hpp"
#include "features/advice/advice.hpp"

namespace millwright::advice {
namespace {

// Fewer rarely move a model that is tuned lightly, or trained on a narrow task, by more than noise.
constexpr std::int64_t examples_to_tune = 200;
constexpr std::int64_t examples_to_train = 2'000;

bool is_good_enough(const StrategyQuestion& question) {
  return question.prompt_pass_rate && question.target_pass_rate && *question.prompt_pass_rate >= *question.target_pass_rate;
}

/// What must be there before weights are changed.
std::vector<std::string> obstacles(const StrategyQuestion& question, std::int64_t examples_min) {
  std::vector<std::string> missing;
  if (question.labelled_examples < examples_min) {
    missing.push_back(fmt::format("at least {} labelled examples ({} are at hand)", examples_min, question.labelled_examples));
  }
  if (!question.has_evaluation_suite) missing.emplace_back("an evaluation suite that would show a measurable gain");
  if (!question.has_retraining_owner) missing.emplace_back("an owner for labels, model versions and retraining");
  if (!question.prompt_pass_rate) missing.emplace_back("the pass rate that prompts and retrieval reach alone");
  return missing;
}

void consider(StrategyAdvice& advice, const StrategyQuestion& question, Strategy strategy, std::int64_t examples_min,
              std::string reason) {
  advice.reasons.push_back(std::move(reason));
  if (is_good_enough(question)) {
    advice.reasons.push_back(fmt::format("Prompts and retrieval pass {:.0f} % of the cases where {:.0f} % are needed, so "
                                         "changing weights would add upkeep without a gain.",
                                         100 * *question.prompt_pass_rate, 100 * *question.target_pass_rate));
    return;
  }
  std::vector<std::string> missing = obstacles(question, examples_min);
  if (missing.empty()) {
    advice.now.push_back(strategy);
    return;
  }
  advice.later.push_back(strategy);
  for (std::string& one : missing) {
    if (std::ranges::find(advice.missing, one) == advice.missing.end()) advice.missing.push_back(std::move(one));
  }
}

Error field_error(std::string_view field, std::string message, std::string fix = {}) {
  Error error{.code = ErrorCode::InvalidInput, .message = std::move(message), .fix = std::move(fix)};
  error.where.field = field;
  return error;
}

struct Flag {
  std::string_view name;
  bool StrategyQuestion::* flag;
};
constexpr std::array flags{Flag{"has_changing_knowledge", &StrategyQuestion::has_changing_knowledge},
                           Flag{"needs_style_or_structure", &StrategyQuestion::needs_style_or_structure},
                           Flag{"has_proprietary_behaviour", &StrategyQuestion::has_proprietary_behaviour},
                           Flag{"needs_constrained_accuracy", &StrategyQuestion::needs_constrained_accuracy},
                           Flag{"has_evaluation_suite", &StrategyQuestion::has_evaluation_suite},
                           Flag{"has_retraining_owner", &StrategyQuestion::has_retraining_owner}};
struct Rate {
  std::string_view name;
  std::optional<double> StrategyQuestion::* rate;
};
constexpr std::array rates{Rate{"prompt_pass_rate", &StrategyQuestion::prompt_pass_rate},
                           Rate{"target_pass_rate", &StrategyQuestion::target_pass_rate}};

Result<void> read_member(std::string_view name, const json::value& value, StrategyQuestion& question) {
  if (const auto flag = std::ranges::find(flags, name, &Flag::name); flag != flags.end()) {
    if (!value.is_bool()) return std::unexpected(field_error(name, "must be true or false"));
    question.*(flag->flag) = value.get_bool();
    return {};
  }
  if (const auto rate = std::ranges::find(rates, name, &Rate::name); rate != rates.end()) {
    if (value.is_null()) return {};
    const double number = value.is_number() ? value.to_number<double>() : -1;
    if (!(number >= 0 && number <= 1)) return std::unexpected(field_error(name, "must be a rate from 0 to 1"));
    question.*(rate->rate) = number;
    return {};
  }
  if (name == "labelled_examples") {
    if (!value.is_int64() || value.get_int64() < 0) return std::unexpected(field_error(name, "must be a whole number from 0"));
    question.labelled_examples = value.get_int64();
    return {};
  }
  std::vector<std::string_view> known{"labelled_examples"};
  for (const Flag& flag : flags) known.push_back(flag.name);
  for (const Rate& rate : rates) known.push_back(rate.name);
  const auto nearest = nearest_name(name, known);
  return std::unexpected(field_error(name, fmt::format("there is no question \"{}\"", name),
                                     nearest ? fmt::format("did you mean \"{}\"?", *nearest) : std::string()));
}

}  // namespace

std::string_view strategy_name(Strategy strategy) {
  switch (strategy) {
    case Strategy::Prompt: return "prompt";
    case Strategy::Retrieve: return "retrieve";
    case Strategy::Tune: return "tune";
    case Strategy::Train: return "train";
  }
  return "prompt";
}

StrategyAdvice advise_strategy(const StrategyQuestion& question) {
  StrategyAdvice advice;
  advice.now.push_back(Strategy::Prompt);
  advice.reasons.emplace_back(
      "Prompts and policy filters come first: they set behaviour at once, cost nothing to change, and are undone in a second.");
  if (question.has_changing_knowledge) {
    advice.now.push_back(Strategy::Retrieve);
    advice.reasons.emplace_back(
        "The task depends on knowledge that changes: an index follows its documents within minutes, a tuned model is out of "
        "date on the day it is trained.");
  }
  if (question.needs_style_or_structure) {
    consider(advice, question, Strategy::Tune, examples_to_tune,
             "The task depends on style, phrasing or a fixed form of answers, which light tuning can teach.");
  }
  if (question.has_proprietary_behaviour || question.needs_constrained_accuracy) {
    consider(advice, question, Strategy::Train, examples_to_train,
             question.has_proprietary_behaviour
                 ? "The task depends on behaviour that is yours alone: specialised training or an adapter can hold it."
                 : "The task is narrow and asks for very high accuracy, where specialised training pays.");
  }
  return advice;
}

Result<StrategyQuestion> parse_strategy_question(const json::object& object) {
  StrategyQuestion question;
  for (const auto& member : object) {
    auto read = read_member(member.key(), member.value(), question);
    if (!read) return pass(read);
  }
  return question;
}

json::object to_json(const StrategyAdvice& advice) {
  json::array now, later;
  for (const Strategy strategy : advice.now) now.push_back(json::value(strategy_name(strategy)));
  for (const Strategy strategy : advice.later) later.push_back(json::value(strategy_name(strategy)));
  return {{"now", std::move(now)},
          {"later", std::move(later)},
          {"reasons", json::array(advice.reasons.begin(), advice.reasons.end())},
          {"missing", json::array(advice.missing.begin(), advice.missing.end())}};
}

}  // namespace millwright::advice
