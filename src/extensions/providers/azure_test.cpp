// The provider over a socket: where it calls, with which key, and what it makes of Azure's own answers.
#include "extensions/providers/azure.hpp"

#include <gmock/gmock.h>

#include "extensions/providers/all.hpp"
#include "io/http/egress.hpp"
#include "io/loop/runtime.hpp"
#include "tests/support/http_await.hpp"
#include "tests/support/http_scripted_server.hpp"

namespace millwright::extensions {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string answer(std::string_view status, std::string_view type, std::string_view headers, std::string_view body) {
  return fmt::format("HTTP/1.1 {}\r\nContent-Type: {}\r\n{}Content-Length: {}\r\n\r\n{}", status, type, headers,
                     body.size(), body);
}

constexpr std::string_view completion = R"({"id":"chatcmpl-1","object":"chat.completion","model":"gpt-4o-2024-11-20",
"choices":[{"index":0,"message":{"role":"assistant","content":"Hi"},"finish_reason":"stop","content_filter_results":{}}],
"prompt_filter_results":[],"usage":{"prompt_tokens":7,"completion_tokens":3,"total_tokens":10}})";

struct Called {
  gateway::ProviderResult result;
  std::vector<json::object> chunks;
  std::string request;
};

io::Task<Result<void>> note(Called& called, json::object chunk) {
  called.chunks.push_back(std::move(chunk));
  co_return Result<void>();
}

Called call(const std::string& scripted, std::string options = {}, bool is_streamed = false,
            gateway::Operation operation = gateway::Operation::Chat) {
  test::ScriptedServer server({{{scripted}}});
  io::Runtime runtime({.loops = 1, .blocking_threads = 1});
  runtime.start();
  io::http::EgressGuard guard;
  guard.replace_rules({{"127.0.0.1", server.port(), true}});
  io::http::Client client(runtime, guard);
  gateway::ProviderConfig config;
  config.name = "azure";
  config.origin = *io::http::Origin::parse(fmt::format("http://127.0.0.1:{}", server.port()));
  config.options = (*config::parse_yaml("options: {" + options + "}", "test.yaml"))["options"];
  auto provider = make_azure({&config, "key-1", {}, &client});
  EXPECT_TRUE(provider);
  const auto body = *parse_json_object(R"({"model":"my gpt/4o","messages":[{"role":"user","content":"Hi"}]})");
  gateway::ModelConfig model;
  model.id = "my gpt/4o";
  gateway::ProviderCall call;
  call.model = &model;
  call.body = &body;
  call.operation = operation;
  call.is_streamed = is_streamed;
  call.request_id = "r1";
  call.timeout = call.idle_timeout = Duration(10'000);
  Called called;
  const gateway::OnChunk on_chunk = [&called](json::object chunk) { return note(called, std::move(chunk)); };
  called.result = test::await_on(runtime.loop(0), (*provider)->chat(call, on_chunk));
  if (auto requests = server.requests(); !requests.empty()) called.request = requests.front();
  return called;
}

TEST(Azure, ADeploymentStandsInThePath) {
  const auto called = call(answer("200 OK", "application/json", "apim-request-id: a-9\r\n", completion));
  ASSERT_TRUE(called.result) << called.result.error().error.message;
  EXPECT_THAT(called.request,
              HasSubstr("POST /openai/deployments/my%20gpt%2F4o/chat/completions?api-version=2024-10-21 HTTP/1.1"));
  EXPECT_THAT(called.request, HasSubstr("api-key: key-1\r\n"));
  EXPECT_THAT(called.request, Not(HasSubstr("Authorization")));
  EXPECT_EQ(called.result->provider_model, "gpt-4o-2024-11-20");
  EXPECT_EQ(called.result->provider_request, "a-9");
  EXPECT_EQ(called.result->usage->input, 7);
}

TEST(Azure, ATokenGoesAsABearerAndTheUndatedApiHasNoDeployments) {
  const auto called = call(answer("200 OK", "application/json", "", completion), "api_version: v1, auth: bearer");
  EXPECT_THAT(called.request, HasSubstr("POST /openai/v1/chat/completions HTTP/1.1"));
  EXPECT_THAT(called.request, HasSubstr("Authorization: Bearer key-1\r\n"));
  EXPECT_THAT(called.request, Not(HasSubstr("api-key")));
}

TEST(Azure, EveryFormOfAddressAndVersionGivesOnePath) {
  const auto path = [](std::string_view base, std::string_view version) {
    return azure_path(base, version, "d", "/embeddings");
  };
  EXPECT_EQ(path("", "2025-01-01-preview"), "/openai/deployments/d/embeddings?api-version=2025-01-01-preview");
  EXPECT_EQ(path("/openai", "2024-10-21"), "/deployments/d/embeddings?api-version=2024-10-21");
  EXPECT_EQ(path("/apim/openai", "v1"), "/v1/embeddings");
  EXPECT_EQ(path("/openai/v1", "2024-10-21"), "/embeddings");
  EXPECT_EQ(path("/openai/v1", "preview"), "/embeddings?api-version=preview");
  EXPECT_EQ(path("", "preview"), "/openai/v1/embeddings?api-version=preview");
  EXPECT_EQ(path("", "v1"), "/openai/v1/embeddings");
}

TEST(Azure, EmbeddingsHaveTheirPath) {
  const auto called = call(answer("200 OK", "application/json", "",
                                  R"({"object":"list","data":[],"model":"e","usage":{"prompt_tokens":4,"total_tokens":4}})"),
                           {}, false, gateway::Operation::Embeddings);
  ASSERT_TRUE(called.result);
  EXPECT_THAT(called.request, HasSubstr("/embeddings?api-version="));
  EXPECT_EQ(called.result->usage->input, 4);
}

TEST(Azure, PatienceIsReadFromItsOwnHeaders) {
  const auto body = R"({"error":{"code":"429","message":"Requests have exceeded the call rate limit. Retry after 6 seconds."}})";
  const auto called = call(answer("429 Too Many Requests", "application/json",
                                  "x-ms-retry-after-ms: 5500\r\nretry-after: 6\r\n", body));
  ASSERT_FALSE(called.result);
  EXPECT_EQ(called.result.error().error.code, ErrorCode::RateLimited);
  EXPECT_EQ(called.result.error().error.retry_after, Duration(5'500));
  EXPECT_TRUE(called.result.error().is_retryable);
}

TEST(Azure, AnErrorBehindVerdictsOnThePromptIsOneBeforeTheAnswer) {
  const auto called = call(answer("200 OK", "text/event-stream", "",
                                  "data: {\"choices\":[],\"id\":\"\",\"prompt_filter_results\":[]}\n\n"
                                  "data: {\"error\":{\"message\":\"no capacity\",\"code\":\"InternalServerError\"}}\n\n"),
                           {}, true);
  ASSERT_FALSE(called.result);
  EXPECT_TRUE(called.chunks.empty());
  EXPECT_TRUE(called.result.error().is_retryable);
  EXPECT_TRUE(called.result.error().may_fall_back);
}

TEST(Azure, OptionsThatMeanNothingAreFaultsAtTheirPlace) {
  for (const auto& [options, says] : std::vector<std::pair<std::string, std::string>>{
           {"api_version: '2024'", "2024"}, {"api_version: '2024-10-21&x=y'", "&x"}, {"auth: basic", "basic"},
           {"auth: bearer", "token"}}) {
    gateway::ProviderConfig config;
    const auto tree = config::parse_yaml("options: {" + options + "}", "test.yaml");
    ASSERT_TRUE(tree) << options;
    config.options = (*tree)["options"];
    const auto made = make_azure({&config, {}, {}, nullptr});
    ASSERT_FALSE(made) << options;
    EXPECT_EQ(made.error().code, ErrorCode::InvalidConfig);
    EXPECT_THAT(made.error().message, HasSubstr(says));
  }
}

TEST(Azure, IsAKindWhoseAddressTheConfigurationSays) {
  const auto kinds = provider_kinds();
  ASSERT_TRUE(kinds.contains("azure"));
  EXPECT_TRUE(kinds.at("azure").facts.base_url.empty());
}

}  // namespace
}  // namespace millwright::extensions
