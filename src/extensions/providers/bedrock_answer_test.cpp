#include <gmock/gmock.h>

#include "extensions/providers/bedrock_embeddings.hpp"
#include "extensions/providers/bedrock_messages.hpp"
#include "tests/support/golden.hpp"

namespace millwright::extensions {
namespace {

using testing::HasSubstr;

const BedrockFrame frame{"chatcmpl-1", "anthropic.claude-x-v1:0", 1'763'900'000};

TEST(BedrockAnswer, GivesWhatTheGoldenFilesHold) {
  for (const auto& file : test::golden_cases("bedrock/answers", ".json")) {
    const auto answer = parse_json_object(test::read_golden_case(file));
    ASSERT_TRUE(answer) << file;
    test::expect_golden(file, "chat", test::render_indented(decode_bedrock_answer(*answer, frame)));
  }
}

TEST(BedrockAnswer, EveryWayToStopHasItsReason) {
  for (const auto& [stop, finish] : std::vector<std::pair<std::string, std::string>>{
           {"end_turn", "stop"},
           {"tool_use", "tool_calls"},
           {"max_tokens", "length"},
           {"stop_sequence", "stop"},
           {"guardrail_intervened", "content_filter"},
           {"content_filtered", "content_filter"},
           {"model_context_window_exceeded", "length"},
           {"malformed_tool_use", "stop"},
           {"something new", "stop"}}) {
    const json::object answer{{"output", json::object()}, {"stopReason", stop}};
    const auto decoded = decode_bedrock_answer(answer, frame);
    EXPECT_EQ(decoded.at("choices").at(0).at("finish_reason"), json::value(finish));
    EXPECT_EQ(decoded.at("choices").at(0).at("native_finish_reason"), json::value(stop));
  }
}

TEST(BedrockAnswer, WhatAModelThoughtGoesBackAsItCame) {
  const auto answer = *parse_json_object(R"({"output":{"message":{"role":"assistant","content":[
    {"reasoningContent":{"reasoningText":{"text":"Step","signature":"EqoB+/="}}},
    {"reasoningContent":{"redactedContent":"EmwK"}},{"text":"Bern"},
    {"toolUse":{"toolUseId":"tooluse_1","name":"f","input":{"a":[1,{"b":null}]}}}]}},"stopReason":"tool_use"})");
  auto message = decode_bedrock_answer(answer, frame).at("choices").at(0).at("message");
  const json::object body{{"messages", json::array{message}}, {"max_tokens", 9}};
  const auto request = encode_bedrock_request(body, frame.model, {});
  ASSERT_TRUE(request);
  EXPECT_EQ(request->at("messages").at(0).at("content"), answer.at("output").at("message").at("content"));
}

TEST(BedrockUsage, MetersAreDisjointAndAddUpToWhatWasReported) {
  const auto usage = *parse_json_object(R"({"inputTokens":100,"outputTokens":7,"totalTokens":407,
    "cacheReadInputTokens":200,"cacheWriteInputTokens":100,
    "cacheDetails":[{"ttl":"1h","inputTokens":30},{"ttl":"5m","inputTokens":70}]})");
  const auto tokens = read_bedrock_usage(usage);
  ASSERT_TRUE(tokens);
  EXPECT_EQ(tokens->input, 100);
  EXPECT_EQ(tokens->cache_read, 200);
  EXPECT_EQ(tokens->cache_write, 70);
  EXPECT_EQ(tokens->cache_write_1h, 30);
  EXPECT_EQ(tokens->output, 7);
  const auto rendered = render_bedrock_usage(usage);
  EXPECT_EQ(rendered.at("prompt_tokens"), 400);
  EXPECT_EQ(rendered.at("total_tokens"), 407);
  EXPECT_EQ(rendered.at("prompt_tokens_details").at("cached_tokens"), 200);
  EXPECT_FALSE(read_bedrock_usage(json::object()));
}

struct Case {
  std::uint16_t status;
  std::string_view type, body;
  ErrorCode code;
  bool is_retryable, may_fall_back;
};

TEST(BedrockFailure, EveryExceptionHasItsClass) {
  const std::vector<Case> cases{
      {429, "ThrottlingException:http://internal.amazon.com/coral/", R"({"message":"Too many requests, please wait."})",
       ErrorCode::RateLimited, true, true},
      {429, "ThrottlingException", R"({"message":"Too many tokens per day, please wait before trying again."})",
       ErrorCode::RateLimited, false, true},
      {0, "throttlingException", R"({"message":"slow"})", ErrorCode::RateLimited, true, true},
      {408, "ModelTimeoutException", R"({"message":"x"})", ErrorCode::Timeout, true, true},
      {400, "ValidationException", R"({"message":"Input is too long for requested model."})", ErrorCode::TooLarge,
       false, true},
      {400, "ValidationException",
       R"({"message":"The model returned the following errors: prompt is too long: 208310 tokens > 200000 maximum"})",
       ErrorCode::TooLarge, false, true},
      {400, "ValidationException", R"({"message":"messages.1: roles must alternate"})", ErrorCode::InvalidInput, false,
       false},
      {400, "ValidationException",
       R"({"message":"Invocation of model ID anthropic.claude-x with on-demand throughput isn’t supported. Retry your request with the ID or ARN of an inference profile that contains this model."})",
       ErrorCode::UpstreamFailed, false, true},
      {400, "ValidationException", R"({"message":"The provided model identifier is invalid."})",
       ErrorCode::UpstreamFailed, false, true},
      {400, "ServiceQuotaExceededException", R"({"message":"x"})", ErrorCode::RateLimited, false, true},
      {403, "AccessDeniedException", R"({"Message":"You don't have access to the model"})", ErrorCode::UpstreamFailed,
       false, true},
      {403, "", R"({"__type":"com.amazon.coral.service#UnrecognizedClientException","message":"bad token"})",
       ErrorCode::UpstreamFailed, false, true},
      {403, "ExpiredTokenException", "{}", ErrorCode::UpstreamFailed, false, true},
      {404, "ResourceNotFoundException", "{}", ErrorCode::UpstreamFailed, false, true},
      {424, "ModelErrorException", R"({"originalStatusCode":500,"message":"x"})", ErrorCode::UpstreamFailed, true, true},
      {0, "modelStreamErrorException", R"({"originalMessage":"x","originalStatusCode":500})", ErrorCode::UpstreamFailed,
       true, true},
      {429, "ModelNotReadyException", "{}", ErrorCode::Unavailable, true, true},
      {503, "ServiceUnavailableException", "{}", ErrorCode::Unavailable, true, true},
      {0, "serviceUnavailableException", "{}", ErrorCode::Unavailable, true, true},
      {500, "InternalServerException", "{}", ErrorCode::UpstreamFailed, true, true},
      {0, "internalServerException", "", ErrorCode::UpstreamFailed, true, true},
      {0, "validationException", R"({"message":"x"})", ErrorCode::InvalidInput, false, false},
      {502, "", "<html>", ErrorCode::UpstreamFailed, true, true},
      {413, "", "", ErrorCode::TooLarge, false, true},
  };
  for (const auto& each : cases) {
    const auto failure = make_bedrock_failure(each.status, each.type, each.body, "aws");
    EXPECT_EQ(failure.error.code, each.code) << each.type << each.body;
    EXPECT_EQ(failure.is_retryable, each.is_retryable) << each.type << each.body;
    EXPECT_EQ(failure.may_fall_back, each.may_fall_back) << each.type << each.body;
  }
}

TEST(BedrockFailure, ADifferenceOfClocksIsKnown) {
  const auto skew = [](std::string_view type, std::string_view message) {
    return is_clock_skew(make_bedrock_failure(403, type, json::serialize(json::object{{"message", message}}), "aws"));
  };
  EXPECT_TRUE(skew("InvalidSignatureException",
                   "Signature expired: 20261124T000000Z is now earlier than 20261124T001000Z (20261124T001500Z - 5 min.)"));
  EXPECT_TRUE(skew("InvalidSignatureException", "Signature not yet current: 20261124T010000Z is still later than …"));
  EXPECT_TRUE(skew("RequestTimeTooSkewed", "x"));
  EXPECT_FALSE(skew("InvalidSignatureException",
                    "The request signature we calculated does not match the signature you provided."));
  EXPECT_FALSE(skew("AccessDeniedException", "signature expired"));
}

TEST(BedrockFailure, ARefusalBecauseOfTheClockSaysWhatTimeItIsAtAws) {
  EXPECT_EQ(find_aws_time("Signature expired: 20261124T000000Z is now earlier than 20261124T001000Z "
                          "(20261124T001500Z - 5 min.)"),
            *parse_time("2026-11-24T00:15:00Z"));
  EXPECT_FALSE(find_aws_time("Signature expired: 20261124T000000Z"));
  EXPECT_FALSE(find_aws_time("(20261124"));
  EXPECT_FALSE(find_aws_time("(of something that is no time)"));
}

TEST(BedrockEmbeddings, EachFamilyHasItsWords) {
  const auto encode = [](std::string_view members, std::string_view model) {
    const auto bodies = encode_bedrock_embeddings(*parse_json_object(fmt::format("{{{}}}", members)), model);
    std::string text;
    if (!bodies) return bodies.error().where.field + ": " + bodies.error().message;
    for (const auto& body : *bodies) text += json::serialize(body) + "\n";
    return text;
  };
  EXPECT_EQ(encode(R"("model":"m","input":["a","b"],"dimensions":256,"normalize":true,"encoding_format":"base64")",
                   "amazon.titan-embed-text-v2:0"),
            "{\"inputText\":\"a\",\"dimensions\":256,\"normalize\":true}\n"
            "{\"inputText\":\"b\",\"dimensions\":256,\"normalize\":true}\n");
  EXPECT_EQ(encode(R"("input":"a")", "arn:aws:bedrock:us-east-1::foundation-model/cohere.embed-multilingual-v3"),
            "{\"texts\":[\"a\"],\"input_type\":\"search_document\"}\n");
  EXPECT_EQ(encode(R"("input":["a"],"input_type":"search_query","truncate":"END")", "cohere.embed-english-v3"),
            "{\"texts\":[\"a\"],\"input_type\":\"search_query\",\"truncate\":\"END\"}\n");
  EXPECT_THAT(encode(R"("input":[[1,2]])", "cohere.embed-english-v3"), HasSubstr("input[0]"));
  EXPECT_THAT(encode(R"("input":"a")", "meta.llama3"), HasSubstr("model"));
  json::object many{{"input", json::array()}};
  for (int i = 0; i < 200; ++i) many["input"].get_array().push_back("x");
  EXPECT_EQ(encode_bedrock_embeddings(many, "cohere.embed-english-v3")->size(), 3);
}

TEST(BedrockEmbeddings, AnswersBecomeOneOfOpenAisShape) {
  io::http::Headers headers{{"X-Amzn-Bedrock-Input-Token-Count", "5"}};
  BedrockEmbeddings plain(json::object{});
  EXPECT_TRUE(plain.add(*parse_json_object(R"({"embedding":[1.5,-2],"inputTextTokenCount":4})"), {}));
  EXPECT_TRUE(plain.add(*parse_json_object(R"({"embeddings":[[1],[2]]})"), headers));
  EXPECT_TRUE(plain.add(*parse_json_object(R"({"embeddings":{"float":[[3]]}})"), headers));
  EXPECT_FALSE(plain.add(*parse_json_object(R"({"message":"x"})"), headers));
  EXPECT_EQ(plain.tokens(), 19);
  const auto answer = plain.finish("m");
  ASSERT_EQ(answer.at("data").as_array().size(), 4);
  EXPECT_EQ(answer.at("data").at(3).at("index"), 3);
  EXPECT_EQ(answer.at("usage").at("prompt_tokens"), 19);
  BedrockEmbeddings packed(json::object{{"encoding_format", "base64"}});
  EXPECT_TRUE(packed.add(*parse_json_object(R"({"embedding":[1.5,-2]})"), {}));
  EXPECT_FALSE(packed.tokens());
  EXPECT_EQ(packed.finish("m").at("data").at(0).at("embedding"), "AADAPwAAAMA=");
}

}  // namespace
}  // namespace millwright::extensions
