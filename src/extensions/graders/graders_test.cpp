#include <set>

#include <gmock/gmock.h>

#include "base/text.hpp"
#include "extensions/graders/all.hpp"

namespace millwright::extensions {
namespace {

using evaluation::Answer;

gateway::Citation citation(std::string uri, std::string quote = {}) {
  gateway::Citation citation;
  citation.uri = std::move(uri);
  citation.quote = std::move(quote);
  return citation;
}

Answer said(std::string text, std::vector<gateway::Citation> citations = {}) {
  return {.text = std::move(text), .citations = std::move(citations), .latency_ms = 800};
}
Answer blocked() {
  Answer answer;
  answer.was_blocked = true;
  return answer;
}

struct Story {
  std::string_view grader, argument;
  Answer answer;
  bool passes;
};

TEST(Graders, JudgeAnswers) {
  const std::vector<Story> stories{
      {"contains_any", R"(["apt install", "dpkg"])", said("Run  APT\nInstall foo"), true},
      {"contains_any", R"(["apt install"])", said("Run pacman"), false},
      {"contains_any", R"("don't")", said("We don\u2019t"), true},
      {"contains_any", R"([2026])", said("In 2026"), true},
      {"contains_all", R"(["a1", "b2"])", said("B2 and A1"), true},
      {"contains_all", R"(["a1", "b2"])", said("only a1"), false},
      {"not_contains", R"(["AKIA"])", said("nothing"), true},
      {"not_contains", R"(["AKIA"])", said("key akia123"), false},
      {"not_contains", R"(["AKIA"])", said("fine", {citation("file:///a", "AKIA123")}), false},
      {"cites", R"("runbooks/vpn.md")", said("x", {citation("file:///srv/docs/runbooks/vpn.md")}), true},
      {"cites", R"("vpn.md")", said("x", {citation("file:///srv/docs/runbooks/vpn.md#reset")}), true},
      {"cites", R"("**/runbooks/*.md")", said("x", {citation("file:///srv/docs/runbooks/vpn.md")}), true},
      {"cites", R"("vpn.md")", said("x", {citation("file:///srv/docs/old-vpn.md")}), false},
      {"cites", R"("vpn.md")", said("x"), false},
      {"refuses", "true", said("I don't know: nothing relevant was found."), true},
      {"refuses", "true", said("I do not know, but see [1]", {citation("file:///a")}), false},
      {"refuses", "true", blocked(), true},
      {"refuses", "true", said("Use apt."), false},
      {"refuses", "true", said(""), false},
      {"refuses", "false", said("Use apt."), true},
      {"answers", "true", said("Use apt."), true},
      {"answers", "true", said("  "), false},
      {"answers", "true", said("Sorry, I cannot help with that."), false},
      {"answers", "true", blocked(), false},
      {"answers", "false", blocked(), true},
      {"max_latency_ms", "800", said("x"), true},
      {"max_latency_ms", "799", said("x"), false},
  };
  const evaluation::Graders graders = make_graders();
  for (const Story& story : stories) {
    SCOPED_TRACE(fmt::format("{} {} on {}", story.grader, story.argument, story.answer.text));
    const auto grader = std::ranges::find(graders, story.grader, [](const auto& one) { return one->name(); });
    ASSERT_NE(grader, graders.end());
    const auto argument = parse_json(story.argument);
    ASSERT_TRUE(argument);
    ASSERT_TRUE((*grader)->check_argument(*argument));
    const evaluation::Grade grade = (*grader)->grade(story.answer, *argument);
    EXPECT_EQ(grade.passed, story.passes) << grade.reason;
    EXPECT_FALSE(grade.reason.empty());
  }
}

TEST(Graders, RefuseArgumentsTheyCannotUse) {
  const std::map<std::string_view, std::vector<std::string_view>> wrong{
      {"contains_any", {"[]", "null", "{}", R"([""])", R"(["a", {}])"}},
      {"contains_all", {"[]", R"(["  "])"}},
      {"not_contains", {"null"}},
      {"cites", {"[]", "{}"}},
      {"refuses", {R"("yes")", "1", "null"}},
      {"answers", {"[]"}},
      {"max_latency_ms", {"0", "-5", R"("fast")", "1.5"}},
  };
  const evaluation::Graders graders = make_graders();
  EXPECT_EQ(graders.size(), wrong.size());
  for (const auto& grader : graders) {
    ASSERT_TRUE(wrong.contains(grader->name())) << grader->name();
    for (const std::string_view argument : wrong.at(grader->name())) {
      EXPECT_FALSE(grader->check_argument(*parse_json(argument))) << grader->name() << " " << argument;
    }
  }
}

}  // namespace
}  // namespace millwright::extensions
