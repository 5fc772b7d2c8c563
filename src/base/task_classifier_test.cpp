#include "base/task_classifier.hpp"

#include <gtest/gtest.h>

namespace millwright {
namespace {

TaskClassifier::Parts parts() {
  TaskClassifier::Parts model;
  model.labels = {"access", "printer"};
  model.bias = {0.1f, -0.1f};
  model.features = text_features("password");
  model.weights.resize(model.features.size() * 2);
  for (std::size_t i = 0; i < model.features.size(); ++i) model.weights[i * 2] = 2;
  model.sharpness = 2;
  model.facts = {{"seed", 7}};
  return model;
}

TEST(TextFeatures, AreTheSameForTheSameWordsInAnyCaseAndBoundedForLongTexts) {
  EXPECT_EQ(text_features("Reset, my PASSWORD!"), text_features("reset my password"));
  EXPECT_NE(text_features("reset my password"), text_features("password my reset")) << "pairs of words have an order";
  EXPECT_TRUE(text_features("").empty());
  EXPECT_TRUE(text_features(" \n?! ").empty());
  const auto twice = text_features("grüße grüße");
  EXPECT_TRUE(std::ranges::is_sorted(twice));
  EXPECT_EQ(std::ranges::adjacent_find(twice), twice.end());
  EXPECT_EQ(text_features(std::string(1 << 20, 'a')), text_features(std::string(4'096, 'a')));
}

TEST(TaskClassifier, GuessesByItsWeightsAndComesBackFromItsFile) {
  const auto bytes = TaskClassifier::render(parts());
  EXPECT_EQ(bytes, TaskClassifier::render(parts()));
  const auto model = TaskClassifier::parse(bytes);
  ASSERT_TRUE(model) << model.error().message;
  const auto known = (*model)->guess("Password?");
  EXPECT_EQ(known.label, "access");
  EXPECT_GT(known.confidence, 0.99);
  const auto unknown = (*model)->guess("zzz");
  EXPECT_EQ(unknown.label, "access") << "by its bias";
  EXPECT_EQ(unknown.confidence, 0);
  EXPECT_LT((*model)->guess("password of a thing that nobody has ever heard of before").confidence, known.confidence);
  EXPECT_EQ((*model)->facts().at("seed"), 7);
  EXPECT_EQ((*model)->digest(), sha256(bytes));
}

TEST(TaskClassifier, RefusesWhatIsNoModelWhereverItIsCut) {
  const auto bytes = TaskClassifier::render(parts());
  for (std::size_t size = 0; size < bytes.size(); ++size)
    EXPECT_FALSE(TaskClassifier::parse(bytes.substr(0, size))) << size;
  EXPECT_FALSE(TaskClassifier::parse(bytes + "x"));
  EXPECT_FALSE(TaskClassifier::parse("text,label\n"));
  auto huge = bytes;
  huge.replace(8, 4, "\xff\xff\xff\xff");
  EXPECT_FALSE(TaskClassifier::parse(huge));
}

}  // namespace
}  // namespace millwright
