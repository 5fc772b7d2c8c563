#include <gtest/gtest.h>

#include "features/gateway/compose.hpp"

namespace millwright::gateway {
namespace {

TEST(VisitTexts, SeesWhateverOfAMessageIsText) {
  auto body = parse_json(R"({"messages":[
    {"role":"user","content":"one"},
    {"role":"user","content":[{"type":"text","text":"two"},{"type":"image_url","image_url":{"url":"no"}}]},
    {"role":"assistant","reasoning_content":"three","content":[{"type":"refusal","refusal":"four"}],
     "tool_calls":[{"id":"no","function":{"name":"no","arguments":"five"}}]},
    {"role":"tool","tool_call_id":"no","content":"six"}]})")
                  ->as_object();
  std::vector<std::string> seen;
  visit_texts(body, [&seen](json::string& text) {
    seen.emplace_back(text);
    text = "-";
  });
  EXPECT_EQ(seen, (std::vector<std::string>{"one", "two", "three", "four", "five", "six"}));
  EXPECT_EQ(body.at("messages").at(2).at("reasoning_content"), "-");
}

}  // namespace
}  // namespace millwright::gateway
