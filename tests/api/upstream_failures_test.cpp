// Every way in which a server of kind openai can fail ends in one correct error for the client and one right ledger
// row.
#include <gtest/gtest.h>

#include "base/json.hpp"
#include "tests/api/desk.hpp"
#include "tests/support/http_certificate.hpp"
#include "tests/support/http_scripted_server.hpp"
#include "tests/support/http_test_server.hpp"

namespace millwright::test {
namespace {

using Then = ScriptedAnswer::Then;

std::string http(std::string_view status, std::string_view type, std::string_view body, std::string_view headers = {}) {
  return fmt::format("HTTP/1.1 {}\r\nContent-Type: {}\r\n{}Content-Length: {}\r\n\r\n{}", status, type, headers,
                     body.size(), body);
}
std::string local(std::uint16_t port) { return fmt::format("http://127.0.0.1:{}/v1", port); }

struct Case {
  const char* name;
  ScriptedAnswer answer;
  int status;
  const char* says;
  bool is_billed;  // by estimate: the server may have worked
};

std::vector<Case> cases() {
  const std::string half =
      "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{\"choices\":[";
  return {
      {"reset before the head", {"", Then::Reset}, 502, "", false},
      {"closed before the head", {"", Then::Close}, 502, "closed the connection", false},
      {"reset amid the body", {half, Then::Reset}, 502, "", true},
      {"closed amid the body", {half, Then::Close}, 502, "", true},
      {"no answer", {"", Then::Hang}, 504, "in time", false},
      {"half an answer and silence", {half, Then::Hang}, 504, "in time", true},
      {"no HTTP", {"SSH-2.0-OpenSSH_9.2\r\n", Then::Close}, 502, "", false},
      {"no JSON", {http("200 OK", "text/html", "<html>login</html>")}, 502, "not JSON", true},
      {"JSON of something else", {http("200 OK", "application/json", R"({"hello":"world"})")}, 502, "", false},
      {"an error under 200",
       {http("200 OK", "application/json", R"({"error":{"message":"overloaded","code":503}})")},
       502,
       "overloaded",
       false},
      {"a rate limit under 200",
       {http("200 OK", "application/json", R"({"error":{"message":"slow down","code":429}})")},
       429,
       "slow down",
       false},
      {"a flat error of vLLM",
       {http("400 Bad Request", "application/json",
             R"({"object":"error","message":"too long","type":"BadRequestError","code":400})")},
       400,
       "too long",
       false},
      {"a field that FastAPI does not take",
       {http("422 Unprocessable Entity", "application/json",
             R"({"detail":[{"type":"extra_forbidden","loc":["body","x"],"msg":"Extra inputs are not permitted"}]})")},
       400,
       "body.x: Extra inputs",
       false},
      {"our key is refused",
       {http("401 Unauthorized", "application/json", R"({"error":{"message":"bad key"}})")},
       502,
       "401",
       false},
      {"our account is empty",
       {http("402 Payment Required", "application/json", R"({"error":{"message":"no credits","code":402}})")},
       502,
       "402",
       false},
      {"a server error with a page", {http("503 Service Unavailable", "text/html", "<html>")}, 502, "503", false},
  };
}

TEST(UpstreamFailures, OfAWholeAnswer) {
  std::vector<std::vector<ScriptedAnswer>> scripts;
  for (const auto& each : cases()) scripts.push_back({each.answer});
  ScriptedServer server(std::move(scripts));
  Desk desk(local(server.port()));
  for (const auto& each : cases()) {
    const auto response = desk.ask(desk_chat);
    EXPECT_EQ(response.status, each.status) << each.name << ": " << response.body;
    EXPECT_NE(response.body.find(each.says), std::string::npos) << each.name << ": " << response.body;
    const auto body = parse_json_object(response.body);
    ASSERT_TRUE(body) << each.name;
    for (const char* member : {"message", "type", "param", "code"}) {
      EXPECT_TRUE(body->at("error").as_object().contains(member)) << each.name;
    }
    const auto booked = desk.booked();
    EXPECT_GE(booked.rows, 1u) << each.name;
    EXPECT_EQ(booked.failed, each.status >= 500 ? booked.rows : 0u) << each.name;   // below that it is refused
    EXPECT_EQ(booked.estimated, each.is_billed ? 1u : 0u) << each.name;
    EXPECT_EQ(booked.cost > Money(), each.is_billed) << each.name;
  }
}

constexpr const char* stream_head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n";
constexpr const char* word =
    "data: "
    "{\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\",\"choices\":[{\"index\":0,"
    "\"delta\":{\"content\":\"four score \"},\"finish_reason\":null}]}\n\n";

TEST(UpstreamFailures, OfAStreamThatHasBegun) {
  struct Broken {
    const char* name;
    std::string rest;
    Then then;
  };
  const std::array all{
      Broken{"closed", "", Then::Close},
      Broken{"reset", "", Then::Reset},
      Broken{"silent", "", Then::Hang},
      Broken{"error", "data: {\"error\":{\"message\":\"overloaded\"}}\n\n", Then::Close},
      Broken{"flat error", "data: {\"object\":\"error\",\"message\":\"no\",\"code\":500}\n\n", Then::Close},
      Broken{"garbage", "data: <html>\n\n", Then::Close}};
  std::vector<std::vector<ScriptedAnswer>> scripts;
  for (const auto& each : all) scripts.push_back({{stream_head + std::string(word) + word + each.rest, each.then}});
  ScriptedServer server(std::move(scripts));
  Desk desk(local(server.port()));
  for (const auto& each : all) {
    const auto response = desk.ask(desk_streamed_chat);
    EXPECT_EQ(response.status, 200) << each.name;
    EXPECT_NE(response.body.find("\"error\""), std::string::npos) << each.name << response.body;
    EXPECT_EQ(response.body.find("[DONE]"), std::string::npos) << each.name << ": a broken stream is never whole";
    const auto booked = desk.booked();
    EXPECT_EQ(booked.rows, 1u) << each.name;
    EXPECT_EQ(booked.estimated, 1u) << each.name;
    EXPECT_GT(booked.output, 0) << each.name << ": what came was paid for";
  }
}

TEST(UpstreamFailures, BeforeAStreamBeginsAreErrorsWithAStatus) {
  ScriptedServer server(
      {{{stream_head + std::string("data: {\"error\":{\"message\":\"overloaded\"}}\n\n"), Then::Close}}});
  Desk desk(local(server.port()));
  const auto response = desk.ask(desk_streamed_chat);
  EXPECT_EQ(response.status, 502) << response.body;
  EXPECT_EQ(desk.booked().cost, Money());
}

TEST(UpstreamFailures, NobodyListens) {
  std::uint16_t port = 0;
  {
    const ScriptedServer gone({});
    port = gone.port();
  }
  Desk desk(local(port));
  const auto response = desk.ask(desk_chat);
  EXPECT_EQ(response.status, 503) << response.body;
  const auto booked = desk.booked();
  EXPECT_EQ(booked.rows, 1u);
  EXPECT_EQ(booked.cost, Money());
}

TEST(UpstreamFailures, AStormOfRateLimitsIsPassedOnWithItsPatience) {
  const auto limited = http("429 Too Many Requests", "application/json",
                            R"({"error":{"message":"slow down","code":"rate_limit_exceeded"}})", "Retry-After: 7\r\nConnection: close\r\n");
  ScriptedServer server(std::vector<std::vector<ScriptedAnswer>>(30, {ScriptedAnswer{limited}}));
  Desk desk(local(server.port()));
  for (int i = 0; i < 30; ++i) {
    const auto response = desk.ask(i % 2 == 0 ? desk_chat : desk_streamed_chat);
    EXPECT_EQ(response.status, 429) << response.body;
    EXPECT_EQ(response.headers.find("retry-after"), "7");
  }
  EXPECT_EQ(server.requests().size(), 30u) << "a limit is no failure: no breaker opens, nothing is asked twice";
  const auto booked = desk.booked();
  EXPECT_EQ(booked.rows, 30u);
  EXPECT_EQ(booked.cost, Money());
}

TEST(UpstreamFailures, TlsThatCannotBeTrustedSaysWhy) {
  const TempDirectory folder;
  const auto files = make_certificate(folder.path(), "IP:127.0.0.1");
  io::http::ServerOptions options;
  options.tls = io::http::TlsFiles{files.certificate_file, files.key_file};
  HttpTestServer server(options);
  Desk desk(fmt::format("https://127.0.0.1:{}/v1", server.port()));
  const auto response = desk.ask(desk_chat);
  EXPECT_EQ(response.status, 502) << response.body;
  EXPECT_NE(response.body.find("authority that is not trusted"), std::string::npos) << response.body;
  EXPECT_EQ(server.handled, 0);
  const auto booked = desk.booked();
  EXPECT_EQ(booked.rows, 1u);
  EXPECT_EQ(booked.cost, Money());
}

}  // namespace
}  // namespace millwright::test
