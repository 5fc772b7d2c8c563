#include "features/tuning/task_trainer.hpp"

#include <gtest/gtest.h>

#include "base/task_classifier.hpp"

namespace millwright::tuning {
namespace {

/// Questions of three kinds that share most of their words.
std::vector<LabelledText> tickets() {
  std::vector<LabelledText> all;
  const std::pair<const char*, std::vector<std::string>> kinds[] = {
      {"access", {"password", "account", "login", "sign-in", "two-factor code"}},
      {"printer", {"printer", "toner", "paper tray", "scanner", "print queue"}},
      {"network", {"wifi", "vpn", "network drive", "proxy", "internet line"}}};
  for (const auto& [label, things] : kinds) {
    for (const auto& thing : things) {
      for (const auto* frame : {"my {} does not work", "how do I get a new {}?", "since monday the {} is broken",
                                "please help with the {}"}) {
        all.push_back({fmt::format(fmt::runtime(frame), thing), label});
      }
    }
  }
  return all;
}

TEST(TrainTask, LearnsLabelsFromExamplesAndSaysHowWell) {
  const auto trained = train_task(tickets(), {});
  ASSERT_TRUE(trained) << trained.error().message;
  const auto& report = trained->report;
  EXPECT_EQ(report.labels, 3);
  EXPECT_EQ(report.trained_on + report.tested_on, 60);
  EXPECT_GT(report.accuracy, 0.8);
  EXPECT_GT(report.macro_f1, 0.8);
  EXPECT_NEAR(report.majority_accuracy, 1.0 / 3, 0.01);
  const auto model = TaskClassifier::parse(trained->model);
  ASSERT_TRUE(model);
  EXPECT_EQ((*model)->guess("The TONER is empty").label, "printer");
  EXPECT_GT((*model)->guess("vpn and wifi").confidence, (*model)->guess("good morning").confidence);
}

TEST(TrainTask, GivesTheSameFileForTheSameExamplesAndSeed) {
  const auto first = train_task(tickets(), {.seed = 3});
  const auto second = train_task(tickets(), {.seed = 3});
  ASSERT_TRUE(first && second);
  EXPECT_EQ(first->model, second->model);
}

TEST(TrainTask, CountsATextOnceSoThatNoTestWasLearned) {
  auto doubled = tickets();
  for (auto each : tickets()) {
    each.text = "  " + each.text;
    doubled.push_back(each);
  }
  const auto trained = train_task(doubled, {});
  ASSERT_TRUE(trained);
  EXPECT_EQ(trained->report.duplicates, 60);
  EXPECT_EQ(trained->report.trained_on + trained->report.tested_on, 60);
}

TEST(TrainTask, TellsTwoLabelsApart) {
  auto two = tickets();
  std::erase_if(two, [](const LabelledText& each) { return each.label == "network"; });
  const auto trained = train_task(two, {});
  ASSERT_TRUE(trained);
  EXPECT_GT(trained->report.accuracy, 0.8);
}

TEST(TrainTask, RefusesWhatCannotBeLearned) {
  EXPECT_FALSE(train_task({}, {}));
  EXPECT_FALSE(train_task({{"a", "x"}, {"b", "x"}}, {}));
  const auto lonely = train_task({{"a", "x"}, {"b", "x"}, {"c", "y"}}, {});
  ASSERT_FALSE(lonely);
  EXPECT_NE(lonely.error().message.find("\"y\""), std::string::npos);
  TaskTraining strange;
  strange.tests = {{"a", "unheard"}};
  EXPECT_FALSE(train_task(tickets(), strange));
}

TEST(LabelledTexts, AreReadFromCsvAndFromJsonLines) {
  const auto csv = parse_labelled_texts("text,category\r\n\"a, \"\"b\"\"\nc\",x\r\nplain,y\n");
  ASSERT_TRUE(csv) << csv.error().message;
  ASSERT_EQ(csv->size(), 2u);
  EXPECT_EQ((*csv)[0].text, "a, \"b\"\nc");
  EXPECT_EQ((*csv)[1].label, "y");
  const auto lines =
      parse_labelled_texts("{\"text\":\"a\",\"label\":\"x\",\"more\":1}\n\n{\"text\":\"b\",\"task\":\"y\"}");
  ASSERT_TRUE(lines) << lines.error().message;
  EXPECT_EQ((*lines)[1].label, "y");
}

TEST(LabelledTexts, FaultsNameTheLine) {
  for (const auto& [bytes, part] :
       {std::pair("question,label\na,b\n", "line 1"), std::pair("text,label\na,b\n,c\n", "line 3"),
        std::pair("text,label\na,b,c\n", "line 2"), std::pair("text,label\n\"a,b\n", "line 2"),
        std::pair("{\"text\":\"a\",\"label\":\"x\"}\n{\"text\":\"a\"}", "line 2"),
        std::pair("{\"text\":1}\n", "line 1"), std::pair("{\"text\":\"a\",\"label\":\"x\"}\nnonsense", "line 2"),
        std::pair("text,label\n\xff,b\n", "UTF-8")}) {
    const auto parsed = parse_labelled_texts(bytes);
    ASSERT_FALSE(parsed) << bytes;
    EXPECT_NE(parsed.error().message.find(part), std::string::npos) << parsed.error().message;
  }
}

}  // namespace
}  // namespace millwright::tuning
