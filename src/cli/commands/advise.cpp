// Advice on decisions; needs no server.
#include "cli/context.hpp"
#include "cli/nouns.hpp"
#include "features/advice/advice.hpp"

namespace millwright::cli {

namespace {

const std::pair<const char*, const char*> flags[] = {
    {"--changing-knowledge", "has_changing_knowledge"},
    {"--style", "needs_style_or_structure"},
    {"--proprietary", "has_proprietary_behaviour"},
    {"--constrained-accuracy", "needs_constrained_accuracy"},
    {"--suite", "has_evaluation_suite"},
    {"--retraining-owner", "has_retraining_owner"},
};

Result<json::object> read_question(const Arguments& arguments) {
  json::object question;
  for (const auto& [option, field] : flags) {
    if (arguments.has(option)) question[field] = true;
  }
  auto examples = arguments.integer("--examples");
  if (!examples) return pass(examples);
  if (*examples) question["labelled_examples"] = **examples;
  for (const auto& [option, field] :
       {std::pair("--pass-rate", "prompt_pass_rate"), std::pair("--target", "target_pass_rate")}) {
    auto rate = arguments.number(option);
    if (!rate) return pass(rate);
    if (*rate) question[field] = **rate;
  }
  return question;
}

Result<int> strategy(Context& context, const Arguments& arguments) {
  auto object = read_question(arguments);
  if (!object) return pass(object);
  const auto question = advice::parse_strategy_question(*object);
  if (!question) return std::unexpected(question.error());
  const auto answer = json::value(advice::to_json(advice::advise_strategy(*question)));
  context.out().json(answer);
  context.out().fields(answer, {{"now", "now"}, {"later", "later"}});
  for (const auto* part : {"reasons", "missing"}) {
    const auto list = member_at(answer, part);
    if (!list.is_array() || list.get_array().empty()) continue;
    context.out().line(context.out().bold(part));
    for (const auto& line : list.get_array()) context.out().line("  " + render_scalar(line));
  }
  return 0;
}

}  // namespace

Commands advise_commands() {
  return {{"advise", "strategy", "Retrieve, tune or train? With reasons.",
           {flag("--changing-knowledge", "Answers depend on facts that change."),
            flag("--style", "A tone, phrasing or fixed form of answers is needed."),
            flag("--proprietary", "The judgement needed is one that no public model can know."),
            flag("--constrained-accuracy", "Very high accuracy on a narrow task is needed."),
            value("--examples", "Labelled examples at hand."), flag("--suite", "There is an evaluation suite."),
            flag("--retraining-owner", "Somebody keeps labels, versions and retraining going."),
            value("--pass-rate", "Measured with prompts and retrieval alone, 0 to 1."),
            value("--target", "What the business needs, 0 to 1.")},
           {"millwright advise strategy --changing-knowledge --examples 400 --suite"}, strategy}};
}

}  // namespace millwright::cli
