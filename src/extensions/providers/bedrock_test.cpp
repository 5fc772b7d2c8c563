// The provider over a socket: what it signs and sends, and what it makes of answers that are right, wrong and cut short.
#include "extensions/providers/bedrock.hpp"

#include <gmock/gmock.h>

#include "extensions/providers/all.hpp"
#include "extensions/providers/aws_event_stream.hpp"
#include "io/http/egress.hpp"
#include "io/loop/runtime.hpp"
#include "tests/support/http_await.hpp"
#include "tests/support/http_scripted_server.hpp"

namespace millwright::extensions {
namespace {

using test::ScriptedAnswer;
using testing::HasSubstr;
using testing::Not;
using Then = ScriptedAnswer::Then;

constexpr std::string_view model_id = "eu.anthropic.claude-x-v1:0";
constexpr std::string_view whole = R"({"output":{"message":{"role":"assistant","content":[{"text":"Hi"}]}},
"stopReason":"end_turn","usage":{"inputTokens":7,"outputTokens":3,"totalTokens":10},"serviceTier":{"type":"flex"}})";

std::string answer(std::string_view status, std::string_view headers, std::string_view body) {
  return fmt::format("HTTP/1.1 {}\r\n{}Content-Length: {}\r\n\r\n{}", status, headers, body.size(), body);
}

std::string event(std::string_view type, std::string_view payload) {
  return make_aws_event({{":message-type", "event"}, {":event-type", std::string(type)}}, payload);
}

std::string stream_of(std::string_view bytes) {
  return answer("200 OK", "Content-Type: application/vnd.amazon.eventstream\r\nx-amzn-RequestId: r-9\r\n", bytes);
}

struct Wanted {
  std::string options = "region: eu-central-1";
  std::string api_key;
  bool has_keys = true;
  bool is_streamed = false;
  std::string body = R"({"max_tokens":9,"messages":[{"role":"user","content":"Hi"}]})";
  gateway::Operation operation = gateway::Operation::Chat;
  std::string model = std::string(model_id);
};

struct Called {
  gateway::ProviderResult result;
  std::vector<json::object> chunks;
  std::vector<std::string> requests;
};

io::Task<Result<void>> note(Called& called, json::object chunk) {
  called.chunks.push_back(std::move(chunk));
  co_return Result<void>();
}

Called call(const std::vector<ScriptedAnswer>& scripted, const Wanted& wanted = {}) {
  test::ScriptedServer server({scripted});
  io::Runtime runtime({.loops = 1, .blocking_threads = 1});
  runtime.start();
  io::http::EgressGuard guard;
  guard.replace_rules({{"127.0.0.1", server.port(), true}});
  io::http::Client client(runtime, guard);
  gateway::ProviderConfig config;
  config.name = "aws";
  config.origin = *io::http::Origin::parse(fmt::format("http://127.0.0.1:{}", server.port()));
  config.options = (*config::parse_yaml("options: {" + wanted.options + "}", "test.yaml"))["options"];
  gateway::ProviderParts parts{&config, wanted.api_key, {}, &client};
  if (wanted.has_keys) parts.secrets = {{"access_key_id", "AKIDEXAMPLE"}, {"secret_access_key", "secret\n"}};
  auto provider = make_bedrock(parts);
  EXPECT_TRUE(provider);
  const auto body = *parse_json_object(wanted.body);
  gateway::ModelConfig model;
  model.id = wanted.model;
  gateway::ProviderCall call;
  call.model = &model;
  call.operation = wanted.operation;
  call.body = &body;
  call.is_streamed = wanted.is_streamed;
  call.request_id = "r1";
  call.timeout = call.idle_timeout = Duration(10'000);
  Called called;
  const gateway::OnChunk on_chunk = [&called](json::object chunk) { return note(called, std::move(chunk)); };
  called.result = test::await_on(runtime.loop(0), (*provider)->chat(call, on_chunk));
  called.requests = server.requests();
  return called;
}

Wanted streamed() {
  Wanted wanted;
  wanted.is_streamed = true;
  return wanted;
}

TEST(Bedrock, SignsWhatItSendsAndReadsAWholeAnswer) {
  const auto called = call({{answer("200 OK", "x-amzn-RequestId: r-9\r\n", whole)}});
  ASSERT_TRUE(called.result) << called.result.error().error.message;
  const auto& request = called.requests.at(0);
  EXPECT_THAT(request, HasSubstr("POST /model/eu.anthropic.claude-x-v1%3A0/converse HTTP/1.1"));
  EXPECT_THAT(request, HasSubstr("Credential=AKIDEXAMPLE/"));
  EXPECT_THAT(request, HasSubstr("/eu-central-1/bedrock/aws4_request, SignedHeaders=content-type;host;x-amz-date,"));
  EXPECT_EQ(called.result->provider_request, "r-9");
  EXPECT_EQ(called.result->provider_model, model_id);
  EXPECT_EQ(called.result->usage->input, 7);
  EXPECT_EQ(called.result->service_tier, "flex");
  EXPECT_EQ(called.result->body.at("id"), "chatcmpl-r-9");
}

TEST(Bedrock, AnApiKeyGoesAsABearerAndNothingIsSigned) {
  Wanted wanted;
  wanted.api_key = "ABSK-1";
  wanted.has_keys = false;
  const auto called = call({{answer("200 OK", "", whole)}}, wanted);
  EXPECT_THAT(called.requests.at(0), HasSubstr("Authorization: Bearer ABSK-1\r\n"));
  EXPECT_THAT(called.requests.at(0), Not(HasSubstr("X-Amz-Date")));
}

TEST(Bedrock, ADifferenceOfClocksIsLearnedFromAwsAndTriedOnceMore) {
  const std::string skewed = answer(
      "403 Forbidden", "x-amzn-ErrorType: InvalidSignatureException\r\nDate: Tue, 24 Nov 2099 12:00:00 GMT\r\n",
      R"({"message":"Signature expired: 20261124T000000Z is now earlier than 20991124T115500Z"})");
  const auto mended = call({{skewed}, {answer("200 OK", "", whole)}});
  ASSERT_TRUE(mended.result);
  ASSERT_EQ(mended.requests.size(), 2);
  EXPECT_THAT(mended.requests.at(1), HasSubstr("X-Amz-Date: 20991124T1200"));
  const auto refused = call({{skewed}, {skewed}});
  ASSERT_FALSE(refused.result);
  EXPECT_EQ(refused.requests.size(), 2);
  EXPECT_EQ(refused.result.error().error.code, ErrorCode::UpstreamFailed);
}

TEST(Bedrock, AWrongSignatureIsNotTriedAgain) {
  const auto called = call({{answer("403 Forbidden",
                                    "x-amzn-ErrorType: InvalidSignatureException\r\nDate: Tue, 24 Nov 2099 12:00:00 "
                                    "GMT\r\n",
                                    R"({"message":"The request signature we calculated does not match"})")}});
  EXPECT_EQ(called.requests.size(), 1);
}

TEST(Bedrock, AStreamEndsWithItsMetadata) {
  const auto called = call({{stream_of(event("messageStart", R"({"role":"assistant"})") +
                                       event("contentBlockDelta", R"({"contentBlockIndex":0,"delta":{"text":"Hi"}})") +
                                       event("messageStop", R"({"stopReason":"end_turn"})") +
                                       event("metadata", R"({"usage":{"inputTokens":7,"outputTokens":1}})"))}},
                           streamed());
  ASSERT_TRUE(called.result) << called.result.error().error.message;
  EXPECT_EQ(called.result->usage->input, 7);
  EXPECT_EQ(called.result->provider_request, "r-9");
  ASSERT_EQ(called.chunks.size(), 4);
  EXPECT_EQ(called.chunks.at(2).at("choices").at(0).at("finish_reason"), "stop");
}

TEST(Bedrock, AStreamThatIsStoppedIsWholeAlsoWithoutAWordOnItsUsage) {
  const auto bytes = event("contentBlockDelta", R"({"contentBlockIndex":0,"delta":{"text":"Hi"}})") +
                     event("messageStop", R"({"stopReason":"end_turn"})");
  const auto called = call({{stream_of(bytes)}}, streamed());
  ASSERT_TRUE(called.result);
  EXPECT_FALSE(called.result->usage);
  auto cut = stream_of(bytes);
  const auto length = cut.find("Content-Length: ") + 16;
  cut.replace(length, cut.find("\r\n", length) - length, "9999");
  const auto broken = call({{cut, Then::Close}}, streamed());
  EXPECT_TRUE(broken.result);
}

TEST(Bedrock, AStreamCutShortMayBeBilled) {
  const auto called =
      call({{stream_of(event("contentBlockDelta", R"({"contentBlockIndex":0,"delta":{"text":"Hi"}})"))}}, streamed());
  ASSERT_FALSE(called.result);
  EXPECT_TRUE(called.result.error().may_be_billed);
  EXPECT_FALSE(called.result.error().usage);
  EXPECT_EQ(called.result.error().provider_request, "r-9");
}

TEST(Bedrock, AnExceptionInPlaceOfAnAnswerCostsNothingAndMayBeTriedAgain) {
  const auto exception = make_aws_event({{":message-type", "exception"}, {":exception-type", "throttlingException"}},
                                        R"({"message":"slow down"})");
  const auto called = call({{stream_of(event("messageStart", "{}") + exception)}}, streamed());
  ASSERT_FALSE(called.result);
  EXPECT_EQ(called.result.error().error.code, ErrorCode::RateLimited);
  EXPECT_TRUE(called.result.error().is_retryable);
  EXPECT_FALSE(called.result.error().may_be_billed);
  EXPECT_TRUE(called.chunks.empty());
}

TEST(Bedrock, AGarbledFrameIsAFailure) {
  auto bytes = event("contentBlockDelta", R"({"contentBlockIndex":0,"delta":{"text":"Hi"}})");
  bytes.back() = static_cast<char>(bytes.back() ^ 1);
  const auto called = call({{stream_of(bytes)}}, streamed());
  ASSERT_FALSE(called.result);
  EXPECT_THAT(called.result.error().error.message, HasSubstr("checksum"));
}

TEST(Bedrock, AWholeAnswerWhereAStreamWasAskedForIsPassedOnAsOne) {
  const auto called = call({{answer("200 OK", "Content-Type: application/json\r\n", whole)}}, streamed());
  ASSERT_TRUE(called.result);
  EXPECT_EQ(called.chunks.at(0).at("choices").at(0).at("delta").at("content"), "Hi");
}

TEST(Bedrock, AnAnswerThatIsNoneIsAFailureUnderAnyStatus) {
  for (const char* body : {"<html>", "{}", R"({"Output":{"__type":"com.amazon.coral.service#InternalFailure"}})"}) {
    EXPECT_FALSE(call({{answer("200 OK", "", body)}}).result) << body;
  }
}

TEST(Bedrock, ThrottlingKeepsItsPatience) {
  const auto called = call({{answer("429 Too Many Requests", "x-amzn-ErrorType: ThrottlingException\r\nRetry-After: 3\r\n",
                                    R"({"message":"Too many requests"})")}});
  ASSERT_FALSE(called.result);
  EXPECT_EQ(called.result.error().error.retry_after, Duration(3'000));
}

TEST(Bedrock, EmbedsOneInputAfterTheOther) {
  Wanted wanted;
  wanted.operation = gateway::Operation::Embeddings;
  wanted.model = "amazon.titan-embed-text-v2:0";
  wanted.body = R"({"input":["a","b"]})";
  const std::string one = answer("200 OK", "", R"({"embedding":[0.5],"inputTextTokenCount":3})");
  const auto called = call({{one}, {one}}, wanted);
  ASSERT_TRUE(called.result) << called.result.error().error.message;
  EXPECT_THAT(called.requests.at(0), HasSubstr("POST /model/amazon.titan-embed-text-v2%3A0/invoke HTTP/1.1"));
  EXPECT_EQ(called.result->usage->input, 6);
  EXPECT_EQ(called.result->body.at("data").as_array().size(), 2);
  const auto half = call({{one}, {answer("503 x", "x-amzn-ErrorType: ServiceUnavailableException\r\n", "{}")}}, wanted);
  ASSERT_FALSE(half.result);
  EXPECT_TRUE(half.result.error().may_be_billed);
  EXPECT_EQ(half.result.error().usage->input, 3);
}

TEST(Bedrock, WhatCannotBeSetUpIsAFaultThatSaysWhy) {
  const auto make = [](const std::string& options, std::map<std::string, std::string, std::less<>> secrets,
                       std::string api_key) {
    gateway::ProviderConfig config;
    config.name = "aws";
    config.options = (*config::parse_yaml("options: {" + options + "}", "test.yaml"))["options"];
    const auto made = make_bedrock({&config, std::move(api_key), std::move(secrets), nullptr});
    return made ? std::string("made") : made.error().message;
  };
  EXPECT_THAT(make("host: x", {}, "k"), HasSubstr("region"));
  EXPECT_THAT(make("region: 'eu/1'", {}, "k"), HasSubstr("region"));
  EXPECT_THAT(make("region: eu-west-1", {}, ""), HasSubstr("access_key_id"));
  EXPECT_THAT(make("region: eu-west-1", {{"access_key_id", "a"}}, ""), HasSubstr("secret_access_key"));
  EXPECT_THAT(make("region: eu-west-1", {{"access_key_id", "a"}, {"secret_access_key", "b"}}, "k"), HasSubstr("either"));
  EXPECT_THAT(make("region: eu-west-1, guardrail: g", {}, "k"), HasSubstr("guardrail_version"));
  EXPECT_THAT(make("region: eu-west-1, reasoning: often", {}, "k"), HasSubstr("often"));
  EXPECT_THAT(make("region: eu-west-1, s3_prefix: 's3://bucket'", {}, "k"), HasSubstr("s3_prefix"));
  EXPECT_EQ(make("region: eu-west-1", {}, "k"), "made");
}

TEST(Bedrock, CallsTheEndpointOfItsRegionUnlessToldOtherwise) {
  EXPECT_EQ(bedrock_host("eu-central-1"), "bedrock-runtime.eu-central-1.amazonaws.com");
  EXPECT_EQ(bedrock_host("cn-north-1"), "bedrock-runtime.cn-north-1.amazonaws.com.cn");
  gateway::ProviderConfig config;
  config.origin = *io::http::Origin::parse(provider_kinds().at("bedrock").facts.base_url);
  config.options = (*config::parse_yaml("options: {region: eu-central-1}", "test.yaml"))["options"];
  const auto made = make_bedrock({&config, "k", {}, nullptr});
  ASSERT_TRUE(made);
  EXPECT_EQ((*made)->further_origins().at(0).host, "bedrock-runtime.eu-central-1.amazonaws.com");
  config.origin = *io::http::Origin::parse("https://vpce-1.bedrock-runtime.eu-central-1.vpce.amazonaws.com");
  EXPECT_EQ((*make_bedrock({&config, "k", {}, nullptr}))->further_origins().at(0).host, config.origin.host);
}

TEST(Bedrock, SignsTheHostThatAwsSees) {
  const auto signature = [](const std::string& options) {
    Wanted wanted;
    wanted.options = options;
    return call({{answer("200 OK", "", whole)}}, wanted).requests.at(0);
  };
  const auto direct = signature("region: eu-central-1");
  const auto proxied = signature("region: eu-central-1, host: bedrock-runtime.eu-central-1.amazonaws.com");
  EXPECT_THAT(proxied, HasSubstr("Host: 127.0.0.1"));
  EXPECT_THAT(direct, HasSubstr("Signature="));
  EXPECT_NE(direct.substr(direct.find("Signature=")), proxied.substr(proxied.find("Signature=")));
}

}  // namespace
}  // namespace millwright::extensions
