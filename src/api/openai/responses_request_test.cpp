#include "api/openai/responses_request.hpp"

#include <gtest/gtest.h>

#include "api/openai/responses_builder.hpp"
#include "features/gateway/chat.hpp"
#include "tests/support/golden.hpp"

namespace millwright::api::openai {
namespace {

json::object object_of(std::string_view text) { return parse_json(text)->as_object(); }

TEST(ResponsesRequest, BecomesTheCanonicalChat) {
  for (const auto& file : test::golden_cases("responses/requests", ".json")) {
    auto request = parse_responses_request(object_of(test::read_golden_case(file)));
    ASSERT_TRUE(request) << file << ": " << describe(request.error());
    auto chat = chat_of(*request, {});
    ASSERT_TRUE(chat) << file << ": " << describe(chat.error());
    test::expect_golden(file, "chat", test::render_indented(*chat));
    test::expect_golden(file, "shown", test::render_indented(request->shown));
    EXPECT_TRUE(gateway::parse_chat_request(*chat)) << file;
  }
}

TEST(ResponsesRequest, ReasoningComesBackByteForByte) {
  const std::string_view item = R"({"type":"reasoning","id":"rs_9","summary":[],"encrypted_content":"gAAAA+/=="})";
  auto request = parse_responses_request(
      {{"model", "m"}, {"input", json::array{object_of(item), object_of(R"({"role":"assistant","content":"y"})")}}});
  ASSERT_TRUE(request);
  EXPECT_EQ(json::serialize(request->input[0]), item);
  const auto chat = chat_of(*request, {});
  ASSERT_TRUE(chat);
  const auto& part = chat->at("messages").at(0).at("content").at(0);
  EXPECT_EQ(part.at("type"), "native");
  EXPECT_EQ(json::serialize(part.at("value")), item);
}

TEST(ResponsesRequest, AConversationStandsBeforeItsNextInput) {
  auto request = parse_responses_request(object_of(
      R"({"model":"m","previous_response_id":"resp_1",
          "input":[{"type":"function_call_output","call_id":"c1","output":"9"}]})"));
  ASSERT_TRUE(request);
  const auto before = parse_json(
      R"([{"role":"user","content":"x"},{"type":"function_call","call_id":"c1","name":"f","arguments":"{}"}])");
  const auto chat = chat_of(*request, before->as_array());
  ASSERT_TRUE(chat) << describe(chat.error());
  EXPECT_EQ(chat->at("messages").at(1).at("tool_calls").at(0).at("id"), "c1");
  EXPECT_EQ(chat->at("messages").at(2).at("role"), "tool");
  EXPECT_FALSE(chat->contains("previous_response_id"));
}

TEST(ResponsesRequest, ItemsAreNumberedOnceAndKeepTheirOwnIds) {
  auto items =
      parse_json(R"([{"role":"user","content":"x"},{"type":"message","id":"mine","role":"user","content":"y"}])")
          ->as_array();
  number_items(items, "7f");
  EXPECT_EQ(items[0].at("id"), "msg_7fi0");
  EXPECT_EQ(items[0].at("type"), "message");
  EXPECT_EQ(items[1].at("id"), "mine");
}

TEST(ResponsesRequest, ItemsAreListedWithPartsAndAStatus) {
  auto items = parse_json(R"([{"role":"user","content":"x"},{"role":"assistant","content":"y"},
    {"type":"function_call","call_id":"c","name":"f","arguments":"{}","status":"incomplete"},
    {"type":"reasoning","summary":[]}])")->as_array();
  const json::array sent = items;
  number_items(items, "7f");
  EXPECT_EQ(items[0].at("content"), json::value(parse_json(R"([{"type":"input_text","text":"x"}])").value()));
  EXPECT_EQ(items[1].at("content").at(0).at("type"), "output_text");
  EXPECT_EQ(items[1].at("status"), "completed");
  EXPECT_EQ(items[2].at("status"), "incomplete");
  EXPECT_FALSE(items[3].as_object().contains("status"));
  ResponsesRequest request;
  const auto chat = chat_of(request, sent), again = chat_of(request, items);
  ASSERT_TRUE(chat && again);
  EXPECT_EQ(json::serialize(*chat), json::serialize(*again)) << "what is kept continues as it was said";
}

/// The members that a response must have, by https://www.openresponses.org, version 2026-04-24.
TEST(ResponsesRequest, EveryMemberOfAResponseIsThere) {
  auto request = parse_responses_request({{"model", "m"}, {"input", "x"}});
  ASSERT_TRUE(request);
  const auto response = empty_response({"resp_1", 1, "m", request->shown}, "in_progress");
  for (const char* name :
       {"id", "object", "created_at", "completed_at", "status", "incomplete_details", "model", "previous_response_id",
        "instructions", "output", "error", "tools", "tool_choice", "truncation", "parallel_tool_calls", "text",
        "reasoning", "usage", "max_output_tokens", "max_tool_calls", "store", "background", "metadata",
        "safety_identifier", "prompt_cache_key", "user"}) {
    EXPECT_TRUE(response.contains(name)) << name;
  }
  for (const char* name : {"top_p", "presence_penalty", "frequency_penalty", "top_logprobs", "temperature"}) {
    ASSERT_TRUE(response.contains(name)) << name;
    EXPECT_TRUE(response.at(name).is_number()) << name;
  }
  EXPECT_TRUE(response.at("service_tier").is_string());
  for (const char* name : {"temperature", "top_p", "presence_penalty", "service_tier", "top_logprobs", "logprobs"}) {
    EXPECT_FALSE(request->chat.contains(name)) << name << " was not asked for";
  }
}

struct Refused {
  const char* more;  // members besides model and input
  const char* field;
};
class RefusedResponsesRequest : public testing::TestWithParam<Refused> {};

TEST_P(RefusedResponsesRequest, NamesTheField) {
  json::object body{{"model", "m"}, {"input", "x"}};
  for (auto& member : object_of(GetParam().more)) body[member.key()] = member.value();
  auto request = parse_responses_request(std::move(body));
  Result<json::object> chat = request ? chat_of(*request, {}) : pass(request);
  ASSERT_FALSE(chat);
  EXPECT_EQ(chat.error().code, ErrorCode::InvalidInput);
  EXPECT_EQ(chat.error().where.field, GetParam().field);
}

INSTANTIATE_TEST_SUITE_P(
    Fields, RefusedResponsesRequest,
    testing::Values(Refused{R"({"model":7})", "model"}, Refused{R"({"input":null})", "input"},
                    Refused{R"({"input":[7]})", "input[0]"}, Refused{R"({"stream":"yes"})", "stream"},
                    Refused{R"({"stream_options":{}})", "stream_options"}, Refused{R"({"n":2})", "n"},
                    Refused{R"({"max_tool_calls":0})", "max_tool_calls"},
                    Refused{R"({"presence_penalty":"much"})", "presence_penalty"},
                    Refused{R"({"response_format":{}})", "response_format"},
                    Refused{R"({"top_logprobs":21})", "top_logprobs"},
                    Refused{R"({"reasoning":{"effort":3}})", "reasoning.effort"},
                    Refused{R"({"tools":[{"type":"custom","name":"x"}]})", "tools[0].type"},
                    Refused{R"({"tools":[{"type":"function"}]})", "tools[0].name"},
                    Refused{R"({"tool_choice":"maybe"})", "tool_choice"},
                    Refused{R"({"tool_choice":{"type":"mcp"}})", "tool_choice.type"},
                    Refused{R"({"text":{"format":{"type":"xml"}}})", "text.format.type"},
                    Refused{R"({"input":[{"type":"computer_call"}]})", "input[0].type"},
                    Refused{R"({"input":[{"role":"user"}]})", "input[0].content"},
                    Refused{R"({"input":[{"role":"user","content":[{"type":"video"}]}]})", "input[0].content[0].type"},
                    Refused{R"({"input":[{"role":"user","content":[{"type":"input_file","file_url":"u"}]}]})",
                            "input[0].content[0].file_url"},
                    Refused{R"({"input":[{"type":"function_call","call_id":"c","name":"f","arguments":{}}]})",
                            "input[0].arguments"},
                    Refused{R"({"input":[{"type":"reasoning","encrypted_content":"mw1.%%%"}]})",
                            "input[0].encrypted_content"}));

}  // namespace
}  // namespace millwright::api::openai
