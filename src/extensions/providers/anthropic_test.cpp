// The provider over a socket: what it sends, and what it makes of answers that are right, wrong and cut short.
#include "extensions/providers/anthropic.hpp"

#include <gmock/gmock.h>

#include "extensions/providers/all.hpp"
#include "io/http/egress.hpp"
#include "io/loop/runtime.hpp"
#include "tests/support/http_await.hpp"
#include "tests/support/http_scripted_server.hpp"

namespace millwright::extensions {
namespace {

using gateway::ProviderFailure;
using test::ScriptedAnswer;
using testing::HasSubstr;
using Then = ScriptedAnswer::Then;

std::string answer(std::string_view status, std::string_view type, std::string_view headers, std::string_view body) {
  return fmt::format("HTTP/1.1 {}\r\nContent-Type: {}\r\n{}Content-Length: {}\r\n\r\n{}", status, type, headers,
                     body.size(), body);
}

constexpr std::string_view message = R"({"id":"msg_01","type":"message","role":"assistant","model":"claude-x",
"content":[{"type":"text","text":"Hi"},{"type":"tool_use","id":"toolu_01","name":"f","input":{}}],"stop_reason":"tool_use",
"usage":{"input_tokens":7,"output_tokens":3}})";
constexpr std::string_view opening =
    "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"msg_01\",\"model\":\"claude-x\","
    "\"usage\":{\"input_tokens\":7,\"output_tokens\":1}}}\n\n"
    "data: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}}\n\n"
    "data: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"four five six "
    "\"}}\n\n";

struct Called {
  gateway::ProviderResult result;
  std::vector<json::object> chunks;
  std::string request;
};

/// Stops the stream at its `chunks_max`th chunk, as a caller that goes away does.
io::Task<Result<void>> note(Called& called, std::size_t chunks_max, json::object chunk) {
  called.chunks.push_back(std::move(chunk));
  if (called.chunks.size() < chunks_max) co_return Result<void>();
  co_return fail(ErrorCode::Cancelled, "the caller went away");
}

Called call(ScriptedAnswer scripted, bool is_streamed, std::string options = {}, std::size_t chunks_max = 1'000) {
  test::ScriptedServer server({{std::move(scripted)}});
  io::Runtime runtime({.loops = 1, .blocking_threads = 1});
  runtime.start();
  io::http::EgressGuard guard;
  guard.replace_rules({{"127.0.0.1", server.port(), true}});
  io::http::Client client(runtime, guard);
  gateway::ProviderConfig config;
  config.name = "claude";
  config.origin = *io::http::Origin::parse(fmt::format("http://127.0.0.1:{}/v1", server.port()));
  config.options = (*config::parse_yaml("options: {" + options + "}", "test.yaml"))["options"];
  config.headers = {{"x-team", "it"}};
  auto provider = make_anthropic({&config, "sk-ant-1", {}, &client});
  EXPECT_TRUE(provider);
  const auto body =
      *parse_json_object(R"({"model":"claude-x","max_tokens":9,"messages":[{"role":"user","content":"Hi"}]})");
  gateway::ProviderCall call;
  call.body = &body;
  call.is_streamed = is_streamed;
  call.request_id = "r1";
  call.timeout = call.idle_timeout = Duration(10'000);
  Called called;
  const gateway::OnChunk on_chunk = [&called, chunks_max](json::object chunk) {
    return note(called, chunks_max, std::move(chunk));
  };
  called.result = test::await_on(runtime.loop(0), (*provider)->chat(call, on_chunk));
  if (auto requests = server.requests(); !requests.empty()) called.request = requests.front();
  return called;
}

TEST(Anthropic, SendsItsHeadersAndReadsAWholeAnswer) {
  const auto called =
      call({answer("200 OK", "application/json", "request-id: req_9\r\n", message)}, false, "beta: 'a-1,b-2'");
  ASSERT_TRUE(called.result) << called.result.error().error.message;
  EXPECT_THAT(called.request, HasSubstr("POST /v1/messages HTTP/1.1"));
  EXPECT_THAT(called.request, HasSubstr("x-api-key: sk-ant-1\r\n"));
  EXPECT_THAT(called.request, HasSubstr("anthropic-version: 2023-06-01\r\n"));
  EXPECT_THAT(called.request, HasSubstr("anthropic-beta: a-1,b-2\r\n"));
  EXPECT_THAT(called.request, HasSubstr("x-team: it\r\n"));
  EXPECT_THAT(called.request, testing::Not(HasSubstr("Authorization")));
  EXPECT_EQ(called.result->provider_request, "req_9");
  EXPECT_EQ(called.result->provider_model, "claude-x");
  EXPECT_EQ(called.result->usage->input, 7);
  EXPECT_EQ(called.result->body.at("choices").at(0).at("finish_reason"), "tool_calls");
}

TEST(Anthropic, TheVersionIsAnOption) {
  EXPECT_THAT(call({answer("200 OK", "application/json", "", message)}, false, "version: 2099-01-01").request,
              HasSubstr("anthropic-version: 2099-01-01\r\n"));
}

TEST(Anthropic, AWholeAnswerWhereAStreamWasAskedForIsPassedOnAsOne) {
  const auto called = call({answer("200 OK", "application/json", "", message)}, true);
  ASSERT_TRUE(called.result);
  ASSERT_EQ(called.chunks.size(), 2);
  const auto& choice = called.chunks.at(0).at("choices").at(0);
  EXPECT_EQ(choice.at("delta").at("content"), "Hi");
  EXPECT_EQ(choice.at("delta").at("tool_calls").at(0).at("index"), 0);
  EXPECT_EQ(choice.at("finish_reason"), "tool_calls");
  EXPECT_EQ(called.chunks.at(1).at("usage").at("prompt_tokens"), 7);
}

TEST(Anthropic, OverloadIsRetryableAfterTheTimeItNames) {
  const auto body = R"({"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}})";
  const auto called = call({answer("529 Overloaded", "application/json", "retry-after: 1.5\r\n", body)}, true);
  ASSERT_FALSE(called.result);
  EXPECT_EQ(called.result.error().status, 529);
  EXPECT_EQ(called.result.error().error.code, ErrorCode::Unavailable);
  EXPECT_EQ(called.result.error().error.retry_after, Duration(1'500));
  EXPECT_TRUE(called.result.error().is_retryable);
  EXPECT_FALSE(called.result.error().may_be_billed);
}

TEST(Anthropic, AnAnswerThatIsNoneIsAFailureUnderAnyStatus) {
  for (const char* body : {"<html>", "{}", R"({"type":"error","error":{"type":"api_error","message":"x"}})"}) {
    EXPECT_FALSE(call({answer("200 OK", "application/json", "", body)}, false).result) << body;
  }
}

TEST(Anthropic, AStreamCutShortFailsWithWhatWasUsedSoFar) {
  const auto called = call({answer("200 OK", "text/event-stream", "", opening)}, true);
  ASSERT_FALSE(called.result);
  const ProviderFailure& failure = called.result.error();
  EXPECT_EQ(failure.error.code, ErrorCode::UpstreamFailed);
  EXPECT_TRUE(failure.may_be_billed);
  EXPECT_TRUE(failure.is_usage_estimated);
  ASSERT_TRUE(failure.usage);
  EXPECT_EQ(failure.usage->input, 7);
  EXPECT_EQ(failure.usage->output, 4);  // 14 bytes
}

TEST(Anthropic, AnErrorBeforeTheAnswerItselfLetsAnotherModelTakeItsPlace) {
  constexpr std::string_view start =
      R"(data: {"type":"message_start","message":{"id":"msg_1","model":"m","usage":{"input_tokens":7,"output_tokens":1}}})";
  constexpr std::string_view error =
      R"(data: {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}})";
  const auto at_once = call({answer("200 OK", "text/event-stream", "", fmt::format("{}\n\n", error))}, true);
  ASSERT_FALSE(at_once.result);
  EXPECT_FALSE(at_once.result.error().may_be_billed);
  const auto begun =
      call({answer("200 OK", "text/event-stream", "", fmt::format("{}\n\n{}\n\n", start, error))}, true);
  ASSERT_FALSE(begun.result);
  EXPECT_TRUE(begun.result.error().may_be_billed) << "its input was counted";
  for (const auto& called : {at_once, begun}) {
    EXPECT_TRUE(called.chunks.empty());
    EXPECT_EQ(called.result.error().status, 529);
    EXPECT_TRUE(called.result.error().is_retryable);
    EXPECT_TRUE(called.result.error().may_fall_back);
  }
}

TEST(Anthropic, ACallerThatLeavesLeavesWhatWasUsedSoFar) {
  const auto called = call({answer("200 OK", "text/event-stream", "", opening)}, true, {}, 2);
  ASSERT_FALSE(called.result);
  EXPECT_EQ(called.result.error().error.code, ErrorCode::Cancelled);
  ASSERT_TRUE(called.result.error().usage);
  EXPECT_EQ(called.result.error().usage->output, 4);
}

TEST(Anthropic, OptionsThatCannotBeSentAreFaultsAtTheirPlace) {
  for (const auto& [options, says] : std::vector<std::pair<std::string, std::string>>{
           {"version: \"2023\\r\\nx: y\"", "version"}, {"beta: \"\"", "beta"}, {"reasoning: often", "often"}}) {
    gateway::ProviderConfig config;
    const auto tree = config::parse_yaml("options: {" + options + "}", "test.yaml");
    ASSERT_TRUE(tree) << options;
    config.options = (*tree)["options"];
    const auto made = make_anthropic({&config, {}, {}, nullptr});
    ASSERT_FALSE(made) << options;
    EXPECT_EQ(made.error().code, ErrorCode::InvalidConfig);
    EXPECT_EQ(made.error().where.line, 1);
    EXPECT_THAT(made.error().message, HasSubstr(says));
  }
}

TEST(Anthropic, IsAKindThatKnowsWhereItsServiceIs) {
  const auto kinds = provider_kinds();
  ASSERT_TRUE(kinds.contains("anthropic"));
  EXPECT_EQ(kinds.at("anthropic").facts.base_url, "https://api.anthropic.com/v1");
}

}  // namespace
}  // namespace millwright::extensions
