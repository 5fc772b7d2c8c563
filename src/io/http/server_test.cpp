#include "io/http/server.hpp"

#include <sys/stat.h>

#include <gtest/gtest.h>

#include "tests/support/http_raw_client.hpp"
#include "tests/support/http_test_server.hpp"
#include "tests/support/temp_directory.hpp"

namespace millwright::io::http {
namespace {

using test::HttpTestServer;
using test::RawClient;
using testing_time = std::chrono::seconds;

std::string get(std::string_view path, std::string_view more = "") {
  return fmt::format("GET {} HTTP/1.1\r\nHost: test\r\n{}\r\n", path, more);
}

std::string post(std::string_view path, std::string_view body) {
  return fmt::format("POST {} HTTP/1.1\r\nHost: test\r\nContent-Length: {}\r\n\r\n{}", path, body.size(), body);
}

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

std::string body_of(const std::string& response) { return response.substr(response.find("\r\n\r\n") + 4); }

TEST(Server, AnswersAndKeepsTheConnection) {
  HttpTestServer server;
  RawClient client(server.port());
  for (int i = 0; i < 3; ++i) {
    client.send(get("/hello"));
    const std::string response = client.read_response();
    EXPECT_TRUE(response.starts_with("HTTP/1.1 200 OK\r\nDate: ")) << response;
    EXPECT_TRUE(has(response, "Content-Length: 5\r\n"));
    EXPECT_FALSE(has(response, "Connection:"));
    EXPECT_EQ(body_of(response), "hello");
  }
  EXPECT_EQ(server.server->open_connections(), 1u);
}

TEST(Server, AnswersPipelinedRequestsInOrder) {
  HttpTestServer server;
  RawClient client(server.port());
  client.send(post("/echo", "first") + get("/hello") + post("/echo", "third") + get("/hello", "Connection: close\r\n"));
  EXPECT_EQ(body_of(client.read_response()), "first");
  EXPECT_EQ(body_of(client.read_response()), "hello");
  EXPECT_EQ(body_of(client.read_response()), "third");
  const std::string last = client.read_to_end();
  EXPECT_TRUE(has(last, "Connection: close\r\n"));
  EXPECT_EQ(body_of(last), "hello");
}

TEST(Server, ReadsBodiesByLengthAndByChunks) {
  HttpTestServer server;
  RawClient client(server.port());
  const std::string large(3u << 20, 'z');
  client.send(post("/echo", large));
  EXPECT_EQ(body_of(client.read_response()), large);
  client.send("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel");
  client.send("lo\r\n6\r\n world\r\n0\r\n\r\n");
  EXPECT_EQ(body_of(client.read_response()), "hello world");
}

TEST(Server, SendsLargeAnswersWhole) {
  HttpTestServer server;
  RawClient client(server.port());
  client.send(get("/big"));
  EXPECT_EQ(body_of(client.read_response()).size(), 8u << 20);
}

TEST(Server, StreamsInChunks) {
  HttpTestServer server;
  RawClient client(server.port());
  client.send(get("/stream"));
  const std::string response = client.read_response();
  EXPECT_TRUE(has(response, "Transfer-Encoding: chunked\r\n"));
  EXPECT_FALSE(has(response, "Content-Length"));
  EXPECT_EQ(body_of(response), "4\r\none \r\n4\r\ntwo \r\n5\r\nthree\r\n0\r\n\r\n");
  client.send(get("/hello"));
  EXPECT_EQ(body_of(client.read_response()), "hello") << "the connection goes on";
}

TEST(Server, SpeaksToHttp10Clients) {
  HttpTestServer server;
  RawClient plain(server.port());
  plain.send("GET /hello HTTP/1.0\r\n\r\n");
  EXPECT_EQ(body_of(plain.read_to_end()), "hello");
  RawClient streaming(server.port());
  streaming.send("GET /stream HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  const std::string response = streaming.read_to_end();
  EXPECT_FALSE(has(response, "chunked"));
  EXPECT_EQ(body_of(response), "one two three");
  RawClient kept(server.port());
  kept.send("GET /hello HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_TRUE(has(kept.read_response(), "Connection: keep-alive\r\n"));
}

TEST(Server, AnswersHeadWithoutABody) {
  HttpTestServer server;
  RawClient client(server.port());
  client.send("HEAD /hello HTTP/1.1\r\nHost: a\r\n\r\n" + get("/none") +
              "HEAD /stream HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  EXPECT_TRUE(client.read_until("\r\n\r\n").ends_with("Content-Length: 5\r\n\r\n"));
  const std::string none = client.read_until("\r\n\r\n");
  EXPECT_TRUE(none.starts_with("HTTP/1.1 204 No Content\r\n"));
  EXPECT_FALSE(has(none, "Content-Length"));
  EXPECT_EQ(body_of(client.read_to_end()), "");
}

TEST(Server, SaysContinueWhenAsked) {
  HttpTestServer server;
  RawClient client(server.port());
  client.send("POST /echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  EXPECT_EQ(client.read_until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  client.send("{}");
  EXPECT_EQ(body_of(client.read_response()), "{}");
  client.send("POST /echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n[]");
  EXPECT_TRUE(client.read_response().starts_with("HTTP/1.1 200 OK")) << "the body is here: nothing to wait for";
}

TEST(Server, RefusesInJsonAndCloses) {
  ServerOptions options;
  options.body_bytes_max = 100;
  HttpTestServer server(options);
  const struct {
    std::string bytes;
    const char* status;
    const char* code;
  } cases[] = {
      {"GET / HTTP/1.1\r\n\r\n", "400 Bad Request", "bad_host"},
      {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
       "400 Bad Request", "bad_transfer_encoding"},
      {"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 101\r\n\r\n" + std::string(101, 'x'),
       "413 Payload Too Large", "body_too_large"},
      {"GET /" + std::string(100'000, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n", "431 Request Header Fields Too Large",
       "header_too_large"},
      {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "505 HTTP Version Not Supported", "bad_http_version"},
  };
  for (const auto& each : cases) {
    RawClient client(server.port());
    client.send(each.bytes);
    const std::string response = client.read_to_end();
    EXPECT_TRUE(response.starts_with(std::string("HTTP/1.1 ") + each.status)) << response;
    EXPECT_TRUE(has(response, "Connection: close\r\n"));
    EXPECT_TRUE(has(response, "Content-Type: application/json\r\n"));
    EXPECT_TRUE(has(response, fmt::format("\"param\":null,\"code\":\"{}\"}}}}", each.code))) << response;
    EXPECT_FALSE(client.is_closed_by_reset()) << "a reset could cost the client the answer";
  }
  EXPECT_EQ(server.handled, 0);
}

TEST(Server, ARequestSmuggledBehindAnErrorIsNotRead) {
  HttpTestServer server;
  RawClient client(server.port());
  client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n" + get("/hello"));
  const std::string response = client.read_to_end();
  EXPECT_TRUE(response.starts_with("HTTP/1.1 400"));
  EXPECT_FALSE(has(response, "200 OK"));
  EXPECT_EQ(server.handled, 0);
}

TEST(Server, SlowClientsTimeOut) {
  ServerOptions options;
  options.header_timeout = 80ms;
  options.body_timeout = 80ms;
  options.idle_timeout = 80ms;
  HttpTestServer server(options);
  RawClient silent(server.port());
  EXPECT_EQ(silent.read_to_end(), "") << "who says nothing gets nothing";
  RawClient half_head(server.port());
  half_head.send("GET / HTTP/1.1\r\nHost: ");
  EXPECT_TRUE(half_head.read_to_end().starts_with("HTTP/1.1 408 Request Timeout"));
  RawClient half_body(server.port());
  half_body.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf");
  const std::string response = half_body.read_to_end();
  EXPECT_TRUE(response.starts_with("HTTP/1.1 408 Request Timeout"));
  EXPECT_TRUE(has(response, "request body"));
  RawClient idle(server.port());
  idle.send(get("/hello"));
  EXPECT_EQ(body_of(idle.read_to_end()), "hello");
}

TEST(Server, DrippingHeadersDoesNotExtendTheirTime) {
  ServerOptions options;
  options.header_timeout = 100ms;
  HttpTestServer server(options);
  RawClient client(server.port());
  client.send("GET / HTTP/1.1\r\nHost: a\r\n");
  std::string answer;
  std::thread dripping([&client] {
    for (int i = 0; i < 10'000; ++i) client.send("X: y\r\n");
  });
  answer = client.read_to_end();
  dripping.join();
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 4")) << answer;
}

TEST(Server, AClientThatDoesNotReadIsDropped) {
  ServerOptions options;
  options.write_timeout = 100ms;
  HttpTestServer server(options);
  RawClient client(server.port());
  client.shrink_receive_buffer();
  client.send(get("/flood"));
  auto ended = server.flood_ended.get_future();
  ASSERT_EQ(ended.wait_for(testing_time(10)), std::future_status::ready);
  EXPECT_EQ(ended.get(), ErrorCode::Timeout);
}

TEST(Server, TellsTheHandlerThatTheClientIsGone) {
  for (const bool with_reset : {false, true}) {
    HttpTestServer server;
    auto client = std::make_unique<RawClient>(server.port());
    client->send(get("/hang"));
    server.hanging.get_future().wait();
    if (with_reset) client->reset();
    client.reset();
    EXPECT_EQ(server.noticed.get_future().wait_for(testing_time(10)), std::future_status::ready);
  }
}

TEST(Server, WatchingTheClientLeavesTheNextRequestIntact) {
  HttpTestServer server({}, 1);
  RawClient first(server.port());
  RawClient second(server.port());
  first.send(get("/hang"));
  server.hanging.get_future().wait();
  second.send(get("/hello"));
  EXPECT_EQ(body_of(second.read_response()), "hello") << "a handler that waits holds up nobody";
  first.shutdown_send();
  EXPECT_EQ(server.noticed.get_future().wait_for(testing_time(10)), std::future_status::ready);
  EXPECT_TRUE(first.read_to_end().starts_with("HTTP/1.1 500")) << "the handler gave no answer";
}

TEST(Server, FailuresOfHandlersAreAnswered) {
  HttpTestServer server;
  for (const char* path : {"/throw", "/silent"}) {
    RawClient client(server.port());
    client.send(get(path));
    const std::string response = client.read_to_end();
    EXPECT_TRUE(response.starts_with("HTTP/1.1 500 Internal Server Error")) << path;
    EXPECT_TRUE(has(response, "x-error-id: ")) << path;
    EXPECT_FALSE(has(response, "on purpose")) << "what was thrown is for the log";
  }
  RawClient client(server.port());
  client.send(get("/hello"));
  EXPECT_EQ(body_of(client.read_response()), "hello") << "the server goes on";
}

TEST(Server, AnAbortedStreamHasNoEnd) {
  HttpTestServer server;
  RawClient client(server.port());
  client.send(get("/abort"));
  const std::string response = client.read_to_end();
  EXPECT_TRUE(has(response, "4\r\nhalf\r\n"));
  EXPECT_FALSE(has(response, "0\r\n\r\n"));
}

TEST(Server, ARequestIsAnsweredOnce) {
  HttpTestServer server;
  RawClient client(server.port());
  client.send(get("/twice"));
  EXPECT_EQ(body_of(client.read_response()), "hello");
  EXPECT_TRUE(server.second_send.get_future().get());
}

TEST(Server, HandlersCannotForgeHeaders) {
  HttpTestServer server;
  RawClient client(server.port());
  client.send(get("/forge") + get("/close"));
  EXPECT_FALSE(has(client.read_response(), "X-Forged"));
  EXPECT_TRUE(has(client.read_to_end(), "Connection: close\r\n")) << "a handler may end the connection";
}

TEST(Server, TooManyConnectionsAreSentAway) {
  ServerOptions options;
  options.connections_max = 2;
  HttpTestServer server(options);
  RawClient first(server.port());
  first.send(get("/hello"));
  EXPECT_EQ(body_of(first.read_response()), "hello");
  auto second = std::make_unique<RawClient>(server.port());
  second->send(get("/hello"));
  EXPECT_EQ(body_of(second->read_response()), "hello");
  RawClient third(server.port());
  third.send(get("/hello"));
  const std::string refused = third.read_to_end();
  EXPECT_TRUE(refused.starts_with("HTTP/1.1 503 Service Unavailable")) << refused;
  EXPECT_TRUE(has(refused, "Retry-After: 1\r\n"));
  second->send(get("/hello", "Connection: close\r\n"));
  EXPECT_EQ(body_of(second->read_to_end()), "hello");
  // The place is free once the server has closed its side as well; each refused try waits for an answer, not a clock.
  std::string answer;
  for (int i = 0; i < 1000 && !answer.starts_with("HTTP/1.1 200"); ++i) {
    RawClient again(server.port());
    again.send(get("/hello", "Connection: close\r\n"));
    answer = again.read_to_end();
  }
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 200"));
}

TEST(Server, AllBodiesTogetherAreBounded) {
  ServerOptions options;
  options.body_bytes_total_max = 1u << 20;
  HttpTestServer server(options);
  RawClient client(server.port());
  client.send(post("/echo", std::string(4u << 20, 'x')));
  EXPECT_TRUE(client.read_to_end().starts_with("HTTP/1.1 503"));
  RawClient small(server.port());
  small.send(post("/echo", std::string(200'000, 'x')));
  EXPECT_EQ(body_of(small.read_response()).size(), 200'000u) << "what was reserved is given back";
}

TEST(Server, TheControlSocketIsItsOwners) {
  const test::TempDirectory folder;
  const std::string path = folder.path() / "control.sock";
  {
    HttpTestServer server;
    ASSERT_TRUE(server.server->start_control_socket(path));
    struct stat status{};
    ASSERT_EQ(::stat(path.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0600u);
    RawClient client(path);
    client.send(get("/peer"));
    EXPECT_EQ(body_of(client.read_response()), "control socket owner");
    RawClient tcp(server.port());
    tcp.send(get("/peer"));
    const std::string peer = body_of(tcp.read_response());
    EXPECT_TRUE(peer.starts_with("127.0.0.1:")) << peer;
    EXPECT_FALSE(has(peer, "owner"));
    HttpTestServer other;
    const auto taken = other.server->start_control_socket(path);
    ASSERT_FALSE(taken);
    EXPECT_EQ(taken.error().code, ErrorCode::Conflict);
  }
  EXPECT_FALSE(std::filesystem::exists(path));
  HttpTestServer server;
  EXPECT_FALSE(server.server->start_control_socket(std::string(200, 'x')));
}

TEST(Server, AUsedPortIsAnError) {
  HttpTestServer first;
  Runtime runtime({.loops = 1, .blocking_threads = 1});
  runtime.start();
  ServerOptions options;
  options.port = first.port();
  Server second(runtime, options, [](Exchange&) -> Task<void> { co_return; });
  const auto started = second.start();
  ASSERT_FALSE(started);
  EXPECT_TRUE(has(started.error().message, fmt::format("127.0.0.1:{}", first.port()))) << started.error().message;
}

TEST(Server, StopsGracefully) {
  HttpTestServer server;
  RawClient idle(server.port());
  idle.send(get("/hello"));
  EXPECT_EQ(body_of(idle.read_response()), "hello");
  RawClient busy(server.port());
  busy.send(get("/hang"));
  server.hanging.get_future().wait();
  server.server->stop(50ms);   // the handler is told that its client is gone when the grace is over
  EXPECT_EQ(idle.read_to_end(), "");
  EXPECT_EQ(busy.read_to_end(), "");
  EXPECT_EQ(server.server->open_connections(), 0u);
  EXPECT_EQ(server.noticed.get_future().wait_for(testing_time(10)), std::future_status::ready);
  EXPECT_THROW(RawClient(server.port()), std::runtime_error);
}

}  // namespace
}  // namespace millwright::io::http
