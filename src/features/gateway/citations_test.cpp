#include "features/gateway/citations.hpp"

#include <gtest/gtest.h>

#include "features/gateway/compose.hpp"

namespace millwright::gateway {
namespace {

std::vector<retrieval::ScoredChunk> passages() {
  std::vector<retrieval::ScoredChunk> list(2);
  list[0].chunk.id = "d1#0";
  list[0].chunk.title = "VPN";
  list[0].chunk.uri = "file:///vpn.md";
  list[0].chunk.text = "Open the client first. Then choose the profile Office and press Connect. Call us if it fails.";
  list[1].chunk.id = "d2#4";
  list[1].chunk.text = "Printers are on floor two.";
  return list;
}

TEST(FindCitations, QuotesASpanOfThePassage) {
  const auto list = passages();
  const auto citations = find_citations("Press connect after choosing the Office profile [1]. See also [2][1] and [7] [0] [x].", list);
  ASSERT_EQ(citations.size(), 2u);
  EXPECT_EQ(citations[0].number, 1u);
  EXPECT_EQ(citations[0].chunk, "d1#0");
  EXPECT_EQ(citations[0].quote, "Then choose the profile Office and press Connect.");
  for (const auto& citation : citations) {
    EXPECT_NE(list[citation.number - 1].chunk.text.find(citation.quote), std::string::npos);
  }
}

TEST(AnnotationsFor, CountsCharactersNotBytes) {
  const auto citations = find_citations("Grüezi [1]", passages());
  const auto annotations = annotations_for("Grüezi [1]", citations);
  ASSERT_EQ(annotations.size(), 1u);
  const auto& url = annotations[0].at("url_citation").as_object();
  EXPECT_EQ(url.at("start_index").as_uint64(), 7u);
  EXPECT_EQ(url.at("end_index").as_uint64(), 10u);
  EXPECT_EQ(url.at("url").as_string(), "file:///vpn.md");
}

TEST(Compose, PutsPromptAndPassagesFirstAndMarksThemAsData) {
  auto body = json::parse(R"({"messages":[{"role":"system","content":"mine"},{"role":"user","content":"q"}]})").as_object();
  compose(body, "Answer briefly.", passages());
  const auto& messages = body.at("messages").as_array();
  ASSERT_EQ(messages.size(), 3u);
  const std::string_view text = messages[0].at("content").as_string();
  EXPECT_TRUE(text.starts_with("Answer briefly."));
  EXPECT_NE(text.find("[2] "), std::string_view::npos);
  EXPECT_EQ(messages[1].at("content").as_string(), "mine");
}

TEST(InputTokensBound, IsAtLeastTheBytesOfEveryText) {
  auto body = json::parse(R"({"messages":[{"role":"user","content":"0123456789"}],"tools":[{"type":"function","function":{"name":"abc"}}]})").as_object();
  EXPECT_GE(input_tokens_bound(body), 10 + 3);
  const auto before = input_tokens_bound(body);
  body["messages"].as_array().push_back(json::object{{"role", "user"}, {"content", std::string(1000, 'x')}});
  EXPECT_GE(input_tokens_bound(body), before + 1000);
}

TEST(SetLimits, UsesTheModelsOwnFieldAndAsksForUsage) {
  ModelConfig model;
  model.id = "gpt-x";
  model.output_limit_field = "max_completion_tokens";
  auto body = json::parse(R"({"model":"helpdesk","max_tokens":9,"messages":[]})").as_object();
  set_limits(body, model, 5, true);
  EXPECT_EQ(body.at("model").as_string(), "gpt-x");
  EXPECT_FALSE(body.contains("max_tokens"));
  EXPECT_EQ(body.at("max_completion_tokens").as_int64(), 5);
  EXPECT_TRUE(body.at("stream_options").at("include_usage").as_bool());
}

}  // namespace
}  // namespace millwright::gateway
