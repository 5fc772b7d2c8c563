#include "features/gateway/question_meaning.hpp"

#include <gtest/gtest.h>

namespace millwright::gateway {
namespace {

std::string_view difference(std::string_view a, std::string_view b, std::vector<std::string> names = {}) {
  const auto one = facts_of(a, names), other = facts_of(b, names);
  const auto found = what_differs(one, other);
  EXPECT_EQ(what_differs(other, one).empty(), found.empty()) << a << " / " << b;
  EXPECT_TRUE(what_differs(one, one).empty()) << a;
  return found;
}

TEST(QuestionFacts, OtherWordsMayMeanTheSame) {
  for (const auto& [a, b] : std::vector<std::pair<std::string_view, std::string_view>>{
           {"How do I reset my VPN password?", "what is the way to change the vpn passcode"},
           {"How do I reset my password?", "I forgot my password, please help"},
           {"Where can I find the printer?", "where is the printer located?"},
           {"Can I carry 2 suitcases?", "can i take two bags"},
           {"Is Friday a holiday?", "do we have friday off as a holiday?"},
           {"Wie ändere ich mein Passwort?", "wie kann ich das Passwort wechseln"},
           {"Who approves trips in March?", "who signs off travel in march"},
           {"", ""}}) {
    EXPECT_EQ(difference(a, b), "") << a << " / " << b;
  }
}

TEST(QuestionFacts, WhatVectorsHide) {
  const struct {
    std::string_view a, b, difference;
  } cases[] = {
      {"Can I install 2 monitors?", "Can I install 3 monitors?", "numbers"},
      {"Can I install two monitors?", "Can I install three monitors?", "numbers"},
      {"Is -5 degrees fine?", "Is 5 degrees fine?", "numbers"},
      {"Is a deposit of 5% fine?", "Is a deposit of $5 fine?", "numbers"},
      {"Due on 2026-05-01?", "Due on 2026-01-05?", "numbers"},
      {"Office 365 licence", "Office 2019 licence", "numbers"},
      {"Can I work from home?", "Can't I work from home?", "negation"},
      {"Darf ich das öffnen?", "Darf ich das nicht öffnen?", "negation"},
      {"Access with a badge", "Access without a badge", "negation"},
      {"When was the server moved?", "Where was the server moved?", "question"},
      {"Is the server down?", "Why is the server down?", "question"},
      {"How long is the trial?", "How is the trial?", "question"},
      {"How do I reset my VPN password?", "How do I reset my SAP password?", "names"},
      {"how do i reset my vpn password", "how do i reset my wifi password", "names"},
      {"When does Anna Berg leave?", "When does Anna Burg leave?", "names"},
      {"What does the Berlin office pay?", "What does the office pay?", "names"},
      {"Who approves trips in march?", "Who approves trips in may?", "quantities"},
      {"what is due today", "what is due tomorrow", "quantities"},
      {"all open tickets", "some open tickets", "quantities"},
      {"the last open ticket", "the first open ticket", "quantities"},
      {"Must I encrypt the disk?", "May I encrypt the disk?", "quantities"},
      {"open before the meeting", "open after the meeting", "quantities"},
      {"How do I enable macros?", "How do I disable macros?", "opposites"},
      {"How do I turn the alarm on?", "How do I turn the alarm off?", "opposites"},
      {"How do I install the client?", "How do I uninstall the client?", "opposites"},
      {"is the connection secure", "is the connection insecure", "opposites"},
      {"send a file", "receive a file", "opposites"},
      {"migrate mail from exchange to gmail", "migrate mail from gmail to exchange", "order"},
      {"convert eur to usd", "convert usd to eur", "order"},
  };
  for (const auto& each : cases) EXPECT_EQ(difference(each.a, each.b), each.difference) << each.a << " / " << each.b;
}

TEST(QuestionFacts, BothOppositesInOneQuestion) {
  EXPECT_EQ(difference("is secure or insecure better", "what is better, insecure or secure?").substr(0, 8), "question");
  EXPECT_EQ(difference("how do secure and insecure differ", "how does insecure differ to secure"), "order");
  EXPECT_EQ(difference("how do i turn it off and on", "how to turn it on and off"), "order");
  EXPECT_EQ(difference("how do i turn it off and on", "how do i turn it on and off"), "");
}

TEST(QuestionFacts, NamesOfOnesOwn) {
  EXPECT_EQ(difference("how do i log in to jira", "how do i log in to slack"), "");
  EXPECT_EQ(difference("how do i log in to jira", "how do i log in to slack", {"jira", "slack"}), "names");
  EXPECT_EQ(difference("how do i log in to jira", "what is the way into jira", {"jira", "slack"}), "");
  EXPECT_EQ(difference("who can tell", "who will tell", {"will"}), "names") << "a name may be a little word";
}

TEST(QuestionFacts, OneOtherWordCountsTwice) {
  const auto facts = [](std::string_view text) { return facts_of(text, {}); };
  const auto jira = facts("how do i open jira quickly"), slack = facts("how do i open slack quickly");
  EXPECT_TRUE(is_one_word_apart(jira, slack));
  EXPECT_FALSE(is_one_word_apart(jira, jira));
  EXPECT_FALSE(is_one_word_apart(jira, facts("how do i open jiras quickly"))) << "an ending is no other word";
  EXPECT_FALSE(is_one_word_apart(jira, facts("start slack quickly")));
  EXPECT_DOUBLE_EQ(weighed_likeness(0.9, jira, slack), 0.8);
  EXPECT_DOUBLE_EQ(weighed_likeness(0.9, jira, jira), 0.9);
  EXPECT_DOUBLE_EQ(weighed_likeness(0.2, jira, slack), 0);
}

Result<Embedding> read(std::string_view text) { return read_embedding(*parse_json_object(text)); }

TEST(Embeddings, AreBroughtToLengthOne) {
  const auto numbers = read(R"({"data":[{"embedding":[3,-4]}]})");
  ASSERT_TRUE(numbers);
  EXPECT_EQ(*numbers, (Embedding{0.6F, -0.8F}));
  const auto packed = read(R"({"data":[{"embedding":"AABAQAAAgMA="}]})");
  ASSERT_TRUE(packed) << describe(packed.error());
  EXPECT_EQ(*packed, *numbers);
}

TEST(Embeddings, WhatIsNoVectorIsRefused) {
  for (const char* text : {"{}", R"({"data":[]})", R"({"data":[{}]})", R"({"data":[{"embedding":[]}]})",
                           R"({"data":[{"embedding":[0,0]}]})", R"({"data":[{"embedding":[1,"x"]}]})",
                           R"({"data":[{"embedding":[1e300,1e300]}]})", R"({"data":[{"embedding":"AAA"}]})",
                           R"({"data":[{"embedding":"AADAfwAAwH8="}]})", R"({"data":7})"}) {
    EXPECT_FALSE(read(text)) << text;
  }
  json::array many(embedding_dimensions_max + 1, json::value(1));
  EXPECT_FALSE(read_embedding({{"data", json::array{json::object{{"embedding", many}}}}}));
}

TEST(Embeddings, Likeness) {
  Embedding a(100, 0.1F), b(100, 0.1F);
  EXPECT_NEAR(likeness(a, b), 1, 1e-5);
  for (std::size_t i = 0; i < b.size(); i += 2) b[i] = -0.1F;
  EXPECT_NEAR(likeness(a, b), 0, 1e-5);
  EXPECT_EQ(likeness(a, Embedding(99, 0.1F)), 0) << "another space";
  EXPECT_EQ(likeness({}, {}), 0);
}

}  // namespace
}  // namespace millwright::gateway
