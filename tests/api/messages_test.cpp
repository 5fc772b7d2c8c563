// The Anthropic-shaped surface, black box, over the model that is built in.
#include <gtest/gtest.h>

#include "base/json.hpp"
#include "tests/api/running_factory.hpp"

namespace millwright::test {
namespace {

using io::http::Method;

struct Row {
  const char* name;
  const char* path;
  const char* key_header;  // "" sends none
  const char* body;
  int status;
  const char* must_contain;
};

class Messages : public testing::TestWithParam<Row> {
 protected:
  static void SetUpTestSuite() {
    running_ = std::make_unique<RunningFactory>();
    key_ = make_key({.use_case = "helpdesk", .team = "it", .name = "messages"});
  }
  static void TearDownTestSuite() { running_.reset(); }
  static std::string make_key(identity::KeySpec spec) {
    auto key = running_->factory().keys->create(std::move(spec), "test");
    EXPECT_TRUE(key) << (key ? "" : describe(key.error()));
    return key ? key->secret : std::string();
  }
  static io::http::Response post(const std::string& path, std::string body, std::string_view key_header = "x-api-key",
                                 const std::string& key = {},
                                 std::vector<std::pair<const char*, const char*>> more = {}) {
    Ask ask{Method::Post, path, {}, std::move(body)};
    const auto& secret = key.empty() ? key_ : key;
    if (!key_header.empty()) {
      ask.headers.set(key_header, key_header == "authorization" ? "Bearer " + secret : secret);
    }
    for (const auto& [name, value] : more) ask.headers.add(name, value);
    return running_->ask(std::move(ask));
  }
  static std::unique_ptr<RunningFactory> running_;
  static std::string key_;
};
std::unique_ptr<RunningFactory> Messages::running_;
std::string Messages::key_;

#define ASK R"("model":"helpdesk","messages":[{"role":"user","content":"How do I reset my password?"}])"

TEST_P(Messages, AnswersInItsOwnShape) {
  const auto& row = GetParam();
  const auto response = post(row.path, row.body, row.key_header);
  EXPECT_EQ(response.status, row.status) << response.body;
  EXPECT_NE(response.body.find(row.must_contain), std::string::npos) << response.body;
  EXPECT_TRUE(response.headers.has("request-id"));
  EXPECT_TRUE(response.headers.has("x-request-id"));
  if (response.status < 400) return;
  const auto error = parse_json_object(response.body);
  ASSERT_TRUE(error) << response.body;
  EXPECT_EQ(error->at("type"), "error");
  EXPECT_TRUE(error->at("error").at("type").is_string());
  EXPECT_EQ(string_member(*error, "request_id"), response.headers.find("request-id"));
  EXPECT_EQ(error->at("millwright").at("origin"), "gateway");
}

constexpr const char* messages_path = "/v1/messages";
constexpr const char* count_path = "/v1/messages/count_tokens";

INSTANTIATE_TEST_SUITE_P(
    Rows, Messages,
    testing::Values(
        Row{"answer", messages_path, "x-api-key", "{" ASK R"(,"max_tokens":64})", 200, R"("type":"message")"},
        Row{"bearer", messages_path, "authorization", "{" ASK R"(,"max_tokens":64})", 200,
            R"("stop_reason":"end_turn")"},
        Row{"beta_query", "/v1/messages?beta=true", "x-api-key", "{" ASK R"(,"max_tokens":64})", 200, "output_tokens"},
        Row{"no_key", messages_path, "", "{" ASK R"(,"max_tokens":64})", 401, "authentication_error"},
        Row{"not_json", messages_path, "x-api-key", "{", 400, "invalid_request_error"},
        Row{"no_limit", messages_path, "x-api-key", "{" ASK "}", 400, "max_tokens: Field required"},
        Row{"no_type", messages_path, "x-api-key",
            R"({"model":"helpdesk","max_tokens":9,"messages":[{"role":"user","content":[{"type":"text","text":"a"},{}]}]})",
            400, "messages.0.content.1.type"},
        Row{"unknown_model", messages_path, "x-api-key",
            R"({"model":"helpdesc","max_tokens":9,"messages":[{"role":"user","content":"a"}]})", 404, "Did you mean"},
        Row{"bad_number", messages_path, "x-api-key", "{" ASK R"(,"max_tokens":64,"temperature":"hot"})", 400,
            "temperature"},
        Row{"count", count_path, "x-api-key", "{" ASK "}", 200, R"("estimated":true)"},
        Row{"count_no_key", count_path, "", "{" ASK "}", 401, "authentication_error"},
        Row{"count_unknown_model", count_path, "x-api-key",
            R"({"model":"helpdesc","messages":[{"role":"user","content":"a"}]})", 404, "not_found_error"},
        Row{"count_no_messages", count_path, "x-api-key", R"({"model":"helpdesk"})", 400, "messages: Field required"}),
    [](const auto& info) { return std::string(info.param.name); });

TEST_F(Messages, StreamsEventsInOrder) {
  const auto response = post(messages_path, "{" ASK R"(,"max_tokens":64,"stream":true})");
  ASSERT_EQ(response.status, 200) << response.body;
  EXPECT_TRUE(response.headers.find("content-type").starts_with("text/event-stream"));
  EXPECT_TRUE(response.headers.has("x-millwright-trace"));
  std::size_t at = 0;
  for (const char* event : {"event: message_start\n", "event: content_block_start\n", "event: content_block_delta\n",
                            "event: content_block_stop\n", "event: message_delta\n", "event: message_stop\n"}) {
    at = response.body.find(event, at);
    ASSERT_NE(at, std::string::npos) << event << response.body;
  }
  EXPECT_NE(response.body.find("x-millwright-cost-usd: 0"), std::string::npos) << response.body;
}

TEST_F(Messages, SaysAWrongHeaderByName) {
  const auto response =
      post(messages_path, "{" ASK R"(,"max_tokens":64})", "x-api-key", {}, {{"x-millwright-data-class", "open"}});
  EXPECT_EQ(response.status, 400);
  EXPECT_NE(response.body.find(R"("param":"x-millwright-data-class")"), std::string::npos) << response.body;
}

TEST_F(Messages, DryRunDecidesAndCallsNobody) {
  const auto response = post(messages_path, "{" ASK R"(,"max_tokens":64,"stream":true})", "x-api-key", {},
                             {{"x-millwright-dry-run", "1"}});
  EXPECT_EQ(response.status, 200);
  EXPECT_NE(response.body.find("millwright.dry_run"), std::string::npos) << response.body;
}

TEST_F(Messages, CountingIsRateLimitedAndLeavesNoRow) {
  const auto limited = make_key({.use_case = "helpdesk", .team = "it", .name = "limited", .rpm = 1});
  EXPECT_EQ(post(count_path, "{" ASK "}", "x-api-key", limited).status, 200);
  const auto second = post(count_path, "{" ASK "}", "x-api-key", limited);
  EXPECT_EQ(second.status, 429);
  EXPECT_NE(second.body.find("rate_limit_error"), std::string::npos);
  EXPECT_TRUE(second.headers.has("retry-after-ms"));
  EXPECT_EQ(second.headers.find("anthropic-ratelimit-requests-limit"), "1");
  const auto rows = running_->ask_as(running_->token(identity::Role::Admin), Method::Get, "/api/v1/traces");
  EXPECT_EQ(rows.body.find("limited"), std::string::npos) << rows.body;
}

}  // namespace
}  // namespace millwright::test
