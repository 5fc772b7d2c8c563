// The inference surface as a table: what each endpoint answers, to whom, and in whose shape.
#include <gtest/gtest.h>

#include "base/json.hpp"
#include "tests/api/running_factory.hpp"

namespace millwright::test {
namespace {

using io::http::Method;

class OpenAiSurface : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    running_ = std::make_unique<RunningFactory>();
    const auto key = running_->factory().keys->create({.use_case = "helpdesk", .team = "it", .name = "app"}, "test");
    ASSERT_TRUE(key) << describe(key.error());
    key_ = key->secret;
  }
  static void TearDownTestSuite() { running_.reset(); }
  static io::http::Response ask(Method method, std::string path, std::string body = {}) {
    return running_->ask_as(key_, method, std::move(path), std::move(body));
  }
  static json::object create(std::string_view more) {
    const auto response =
        ask(Method::Post, "/v1/responses", fmt::format(R"({{"model":"helpdesk","input":"Where?"{}}})", more));
    EXPECT_EQ(response.status, 200) << response.body;
    return parse_json(response.body)->as_object();
  }

 private:
  static std::unique_ptr<RunningFactory> running_;
  static std::string key_;
};
std::unique_ptr<RunningFactory> OpenAiSurface::running_;
std::string OpenAiSurface::key_;

struct Row {
  Method method;
  const char* path;
  const char* body;
  int status;
  const char* must_contain;
};
class OpenAiRow : public OpenAiSurface, public testing::WithParamInterface<Row> {};

TEST_P(OpenAiRow, AnswersInItsOwnShape) {
  const auto& row = GetParam();
  const auto response = ask(row.method, row.path, row.body);
  EXPECT_EQ(response.status, row.status) << response.body;
  EXPECT_NE(response.body.find(row.must_contain), std::string::npos) << response.body;
  EXPECT_TRUE(response.headers.has("x-request-id"));
  if (response.status < 400) return;
  const auto body = parse_json_object(response.body);
  ASSERT_TRUE(body);
  for (const char* name : {"message", "type", "param", "code", "millwright"}) {
    EXPECT_TRUE(body->at("error").as_object().contains(name)) << name;
  }
}

INSTANTIATE_TEST_SUITE_P(
    Rows, OpenAiRow,
    testing::Values(
        Row{Method::Post, "/v1/responses", "{", 400, "ends too early"},
        Row{Method::Post, "/v1/responses", R"({"input":"x"})", 400, R"("param":"model")"},
        Row{Method::Post, "/v1/responses", R"({"model":"helpdesc","input":"x"})", 404, "model_not_found"},
        Row{Method::Post, "/v1/responses", R"({"model":"helpdesk","input":"x"})", 200, R"("status":"completed")"},
        Row{Method::Post, "/v1/responses", R"({"model":"helpdesk","input":"x","stream":true})", 200,
            "response.completed"},
        Row{Method::Post, "/v1/responses", R"({"model":"helpdesk","input":"x","background":true})", 200, "queued"},
        Row{Method::Post, "/v1/responses", R"({"model":"helpdesk","input":"x","tools":[{"type":"mcp"}]})", 400,
            "tools[0].type"},
        Row{Method::Get, "/v1/responses/resp_none", "", 404, "response_id"},
        Row{Method::Get, "/v1/responses/resp_none/input_items", "", 404, "response_id"},
        Row{Method::Get, "/v1/responses/resp_none/input_items?limit=0", "", 400, R"("param":"limit")"},
        Row{Method::Get, "/v1/responses/resp_none?stream=true", "", 400, R"("param":"stream")"},
        Row{Method::Delete, "/v1/responses/resp_none", "", 404, "response_id"},
        Row{Method::Post, "/v1/responses/resp_none/cancel", "", 404, "response_id"},
        Row{Method::Get, "/v1/models/helpdesk", "", 200, R"("id":"helpdesk")"},
        Row{Method::Get, "/v1/models/Vendor/Model-4", "", 200, R"("id":"Vendor/Model-4")"},
        Row{Method::Get, "/v1/models/Vendor%2FModel-4", "", 200, R"("id":"Vendor/Model-4")"},
        Row{Method::Get, "/v1/models/Vendor/Model-5", "", 404, "model_not_found"},
        Row{Method::Get, "/v1/models/Model-4", "", 404, "model_not_found"},
        Row{Method::Get, "/v1/models", "", 200, R"([{"id":"helpdesk","object":"model","created":0,"owned_by":"millwright"}])"},
        Row{Method::Post, "/v1/completions", R"({"model":"helpdesk","prompt":"x"})", 200, "text_completion"},
        Row{Method::Post, "/v1/completions", R"({"model":"helpdesk","prompt":"x","stream":true})", 200, "[DONE]"},
        Row{Method::Post, "/v1/completions", R"({"model":"helpdesk","prompt":"x","suffix":"y"})", 400,
            R"("param":"suffix")"},
        Row{Method::Post, "/v1/completions", R"({"model":"helpdesk"})", 400, R"("param":"prompt")"}));

TEST_F(OpenAiSurface, AResponseIsKeptContinuedAndForgotten) {
  const auto made = create("");
  const std::string path = fmt::format("/v1/responses/{}", std::string_view(made.at("id").as_string()));
  EXPECT_EQ(*parse_json(ask(Method::Get, path).body), json::value(made));
  EXPECT_NE(ask(Method::Get, path + "/input_items").body.find("Where?"), std::string::npos);
  const auto next = create(fmt::format(R"(,"previous_response_id":"{}")", std::string_view(made.at("id").as_string())));
  EXPECT_EQ(next.at("previous_response_id"), made.at("id"));
  EXPECT_EQ(ask(Method::Delete, path).status, 200);
  EXPECT_EQ(ask(Method::Get, path).status, 404);
  EXPECT_EQ(ask(Method::Post, path + "/cancel").status, 404);
}

TEST_F(OpenAiSurface, WhatWasNotStoredIsNotThere) {
  const auto made = create(R"(,"store":false)");
  EXPECT_EQ(ask(Method::Get, fmt::format("/v1/responses/{}", std::string_view(made.at("id").as_string()))).status, 404);
}

}  // namespace
}  // namespace millwright::test
