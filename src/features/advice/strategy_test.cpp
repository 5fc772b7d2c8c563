#include <gmock/gmock.h>

#include "features/advice/advice.hpp"

namespace millwright::advice {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// Everything is ready to change weights, and prompts alone fall short.
StrategyQuestion ready() {
  return {.labelled_examples = 5'000, .has_evaluation_suite = true, .has_retraining_owner = true,
          .prompt_pass_rate = 0.7, .target_pass_rate = 0.9};
}

TEST(AdviseStrategy, FollowsTheDecisionTree) {
  struct Story {
    bool knowledge, style, proprietary, accuracy;
    std::vector<Strategy> now;
  };
  using enum Strategy;
  const std::vector<Story> stories{
      {false, false, false, false, {Prompt}},
      {true, false, false, false, {Prompt, Retrieve}},
      {false, true, false, false, {Prompt, Tune}},
      {false, false, true, false, {Prompt, Train}},
      {false, false, false, true, {Prompt, Train}},
      {true, true, true, true, {Prompt, Retrieve, Tune, Train}},
  };
  for (const Story& story : stories) {
    StrategyQuestion question = ready();
    question.has_changing_knowledge = story.knowledge;
    question.needs_style_or_structure = story.style;
    question.has_proprietary_behaviour = story.proprietary;
    question.needs_constrained_accuracy = story.accuracy;
    const StrategyAdvice advice = advise_strategy(question);
    EXPECT_EQ(advice.now, story.now);
    EXPECT_THAT(advice.later, IsEmpty());
    EXPECT_THAT(advice.missing, IsEmpty());
    EXPECT_EQ(advice.reasons.size(), story.now.size());
  }
}

TEST(AdviseStrategy, PutsOffTuningUntilItCanBeMeasuredAndKept) {
  const StrategyAdvice advice = advise_strategy({.needs_style_or_structure = true, .labelled_examples = 20});
  EXPECT_THAT(advice.now, ElementsAre(Strategy::Prompt));
  EXPECT_THAT(advice.later, ElementsAre(Strategy::Tune));
  EXPECT_THAT(advice.missing, ElementsAre(HasSubstr("at least 200 labelled examples (20"), HasSubstr("evaluation suite"),
                                          HasSubstr("an owner"), HasSubstr("pass rate")));
}

TEST(AdviseStrategy, WantsMoreExamplesToTrainThanToTune) {
  StrategyQuestion question = ready();
  question.labelled_examples = 500;
  question.needs_style_or_structure = question.needs_constrained_accuracy = true;
  const StrategyAdvice advice = advise_strategy(question);
  EXPECT_THAT(advice.now, ElementsAre(Strategy::Prompt, Strategy::Tune));
  EXPECT_THAT(advice.later, ElementsAre(Strategy::Train));
  EXPECT_THAT(advice.missing, ElementsAre(HasSubstr("2000")));
}

TEST(AdviseStrategy, ChangesNoWeightsWherePromptsAreGoodEnough) {
  StrategyQuestion question = ready();
  question.needs_style_or_structure = true;
  question.prompt_pass_rate = 0.93;
  const StrategyAdvice advice = advise_strategy(question);
  EXPECT_THAT(advice.now, ElementsAre(Strategy::Prompt));
  EXPECT_THAT(advice.later, IsEmpty());
  EXPECT_THAT(advice.reasons.back(), HasSubstr("93 %"));
}

TEST(ParseStrategyQuestion, ReadsWhatIsAskedAndNamesWhatIsWrong) {
  const auto good = parse_strategy_question(*parse_json_object(
      R"({"has_changing_knowledge":true,"labelled_examples":30,"prompt_pass_rate":0.5,"target_pass_rate":null})"));
  ASSERT_TRUE(good);
  EXPECT_TRUE(good->has_changing_knowledge);
  EXPECT_EQ(good->labelled_examples, 30);
  EXPECT_DOUBLE_EQ(*good->prompt_pass_rate, 0.5);
  EXPECT_FALSE(good->target_pass_rate);
  for (const std::string_view wrong :
       {R"({"has_changing_knowledge":1})", R"({"prompt_pass_rate":1.5})", R"({"prompt_pass_rate":"high"})",
        R"({"labelled_examples":-1})", R"({"labelled_examples":2.5})"}) {
    const auto bad = parse_strategy_question(*parse_json_object(wrong));
    ASSERT_FALSE(bad) << wrong;
    EXPECT_EQ(bad.error().code, ErrorCode::InvalidInput);
    EXPECT_FALSE(bad.error().where.field.empty());
  }
  const auto unknown = parse_strategy_question(*parse_json_object(R"({"labeled_examples":3})"));
  ASSERT_FALSE(unknown);
  EXPECT_THAT(unknown.error().fix, HasSubstr("labelled_examples"));
}

TEST(ToJson, ShowsAdviceWithReasons) {
  const json::object shown = to_json(advise_strategy({.has_changing_knowledge = true}));
  EXPECT_EQ(json::serialize(shown.at("now")), R"(["prompt","retrieve"])");
  EXPECT_EQ(shown.at("reasons").as_array().size(), 2u);
}

}  // namespace
}  // namespace millwright::advice
