#include <gmock/gmock.h>

#include "extensions/providers/anthropic_messages.hpp"
#include "extensions/providers/openai.hpp"
#include "tests/support/golden.hpp"

namespace millwright::extensions {
namespace {

constexpr std::int64_t created = 1'763'900'000;

TEST(AnthropicAnswer, GivesWhatTheGoldenFilesHold) {
  for (const auto& file : test::golden_cases("anthropic/answers", ".json")) {
    auto message = parse_json_object(test::read_golden_case(file));
    ASSERT_TRUE(message) << file;
    test::expect_golden(file, "chat", test::render_indented(decode_anthropic_answer(*message, created)));
  }
}

TEST(AnthropicAnswer, EveryStopReasonHasItsFinishReasonAndKeepsItsOwnWord) {
  for (const auto& [stop, finish] :
       std::vector<std::pair<std::string_view, std::string_view>>{{"end_turn", "stop"},
                                                                  {"max_tokens", "length"},
                                                                  {"stop_sequence", "stop"},
                                                                  {"tool_use", "tool_calls"},
                                                                  {"pause_turn", "stop"},
                                                                  {"refusal", "content_filter"},
                                                                  {"model_context_window_exceeded", "length"},
                                                                  {"a_new_one", "stop"}}) {
    json::object choice;
    put_anthropic_ending(choice, {{"stop_reason", stop}, {"stop_sequence", nullptr}});
    EXPECT_EQ(string_member(choice, "finish_reason"), finish) << stop;
    EXPECT_EQ(string_member(choice, "native_finish_reason"), stop);
    EXPECT_FALSE(choice.contains("matched_stop"));
  }
}

TEST(AnthropicAnswer, AMessageThatIsNotOneGivesAnEmptyAnswerAndNoUsage) {
  for (const char* text : {"{}", R"({"content":7,"usage":[]})", R"({"content":[null,3,{"type":7}],"model":{}})"}) {
    const auto answer = decode_anthropic_answer(*parse_json_object(text), created);
    EXPECT_EQ(answer.at("choices").at(0).at("message").at("content"), "") << text;
    EXPECT_FALSE(answer.contains("usage")) << text;
  }
}

struct Usage {
  std::string_view text;
  finops::TokenCounts tokens;
};

finops::TokenCounts tokens(std::int64_t input, std::int64_t read, std::int64_t written, std::int64_t output,
                           std::int64_t reasoning, std::int64_t written_1h = 0) {
  finops::TokenCounts counts;
  counts.input = input;
  counts.cache_read = read;
  counts.cache_write = written;
  counts.output = output;
  counts.reasoning = reasoning;
  counts.cache_write_1h = written_1h;
  return counts;
}

const std::vector<Usage>& usages() {
  static const std::vector<Usage> list{
      {R"({"input_tokens":10,"output_tokens":5})", tokens(10, 0, 0, 5, 0)},
      {R"({"input_tokens":10,"output_tokens":5,"cache_read_input_tokens":7,"cache_creation_input_tokens":3})",
       tokens(10, 7, 3, 5, 0)},
      {R"({"input_tokens":1,"output_tokens":5,"cache_creation":{"ephemeral_5m_input_tokens":2,"ephemeral_1h_input_tokens":4}})",
       tokens(1, 0, 2, 5, 0, 4)},
      {R"({"input_tokens":1,"output_tokens":5,"cache_creation_input_tokens":6,"cache_creation":{"ephemeral_5m_input_tokens":2,"ephemeral_1h_input_tokens":4}})",
       tokens(1, 0, 2, 5, 0, 4)},
      {R"({"input_tokens":1,"output_tokens":50,"output_tokens_details":{"thinking_tokens":40}})",
       tokens(1, 0, 0, 10, 40)},
      {R"({"input_tokens":1,"output_tokens":5,"output_tokens_details":{"thinking_tokens":40}})", tokens(1, 0, 0, 0, 5)},
      {R"({"input_tokens":-4,"output_tokens":"5","cache_read_input_tokens":null})", tokens(0, 0, 0, 0, 0)},
      {R"({"input_tokens":18446744073709551615,"output_tokens":9223372036854775807})",
       tokens(1'000'000'000'000, 0, 0, 1'000'000'000'000, 0)},
      {R"({"input_tokens":3.0,"output_tokens":1e300})", tokens(3, 0, 0, 1'000'000'000'000, 0)},
  };
  return list;
}

TEST(AnthropicAnswer, MetersAreDisjoint) {
  for (const auto& usage : usages()) {
    EXPECT_EQ(read_anthropic_usage(*parse_json_object(usage.text)), usage.tokens) << usage.text;
  }
  EXPECT_FALSE(read_anthropic_usage({}));
  EXPECT_FALSE(read_anthropic_usage({{"service_tier", "standard"}}));
}

TEST(AnthropicAnswer, WhatACallerIsShownCountsTheSameTokens) {
  for (const auto& usage : usages()) {
    const json::object body{{"usage", render_anthropic_usage(*parse_json_object(usage.text))}};
    EXPECT_EQ(read_openai_usage(body), usage.tokens) << usage.text;
  }
}

struct Failure {
  std::uint16_t status;
  std::string_view body;
  ErrorCode code;
  bool is_retryable, may_fall_back;
};

TEST(AnthropicFailure, SaysWhatMayBeTriedNext) {
  const auto error = [](std::string_view type, std::string_view message) {
    return json::serialize(
        json::object{{"type", "error"}, {"error", json::object{{"type", type}, {"message", message}}}});
  };
  const std::string bad = error("invalid_request_error", "messages: wrong"),
                    busy = error("overloaded_error", "Overloaded"),
                    poor = error("invalid_request_error", "Your credit balance is too low to access the API"),
                    long_prompt = error("invalid_request_error", "prompt is too long: 210000 tokens > 200000 maximum"),
                    limited = error("rate_limit_error", "slow down"), slow = error("timeout_error", "x"),
                    unknown = error("not_found_error", "model: x"), strange = error("never_heard_of", "x");
  for (const auto& failure : std::vector<Failure>{
           {400, bad, ErrorCode::InvalidInput, false, false},
           {400, poor, ErrorCode::UpstreamFailed, false, true},
           {400, long_prompt, ErrorCode::TooLarge, false, true},
           {401, "", ErrorCode::UpstreamFailed, false, true},
           {402, "", ErrorCode::UpstreamFailed, false, true},
           {403, "", ErrorCode::UpstreamFailed, false, true},
           {404, unknown, ErrorCode::UpstreamFailed, false, true},
           {409, "", ErrorCode::UpstreamFailed, true, true},
           {413, "<html>", ErrorCode::TooLarge, false, true},
           {422, "", ErrorCode::InvalidInput, false, false},
           {429, limited, ErrorCode::RateLimited, true, true},
           {500, "", ErrorCode::UpstreamFailed, true, true},
           {503, "", ErrorCode::Unavailable, true, true},
           {504, slow, ErrorCode::Timeout, true, true},
           {529, busy, ErrorCode::Unavailable, true, true},
           {0, busy, ErrorCode::Unavailable, true, true},  // inside a stream there is no status
           {0, limited, ErrorCode::RateLimited, true, true},
           {0, bad, ErrorCode::InvalidInput, false, false},
           {0, strange, ErrorCode::UpstreamFailed, true, true},
           {0, "{\"error\":\"text\"}", ErrorCode::UpstreamFailed, true, true},
       }) {
    const auto made = make_anthropic_failure(failure.status, failure.body, "claude");
    EXPECT_EQ(made.error.code, failure.code) << failure.status << failure.body;
    EXPECT_EQ(made.is_retryable, failure.is_retryable) << failure.status << failure.body;
    EXPECT_EQ(made.may_fall_back, failure.may_fall_back) << failure.status << failure.body;
    EXPECT_THAT(made.error.message, testing::HasSubstr("claude"));
  }
  EXPECT_EQ(make_anthropic_failure(0, busy, "claude").status, 529);
  EXPECT_EQ(make_anthropic_failure(529, busy, "claude").type, "overloaded_error");
}

}  // namespace
}  // namespace millwright::extensions
