#include "io/http/client_fixture.hpp"

namespace millwright::io::http {
namespace {

TEST(Origin, ParsesWhatAConfigurationMaySay) {
  const auto plain = Origin::parse("http://127.0.0.1:9100/v1/");
  ASSERT_TRUE(plain) << describe(plain.error());
  EXPECT_EQ(plain->host, "127.0.0.1");
  EXPECT_EQ(plain->port, 9100);
  EXPECT_EQ(plain->base_path, "/v1");
  EXPECT_EQ(plain->authority(), "127.0.0.1:9100");
  const auto secure = Origin::parse("https://API.Example.com");
  ASSERT_TRUE(secure);
  EXPECT_TRUE(secure->is_tls);
  EXPECT_EQ(secure->port, 443);
  EXPECT_EQ(secure->authority(), "api.example.com");
  const auto v6 = Origin::parse("http://[::1]:81");
  ASSERT_TRUE(v6);
  EXPECT_EQ(v6->host, "::1");
  EXPECT_EQ(v6->authority(), "[::1]:81");
  for (const char* bad : {"", "host", "ftp://host", "http://", "http://user:secret@host", "http://host/?q",
                          "http://host/#f", "http://host:0", "http://host:99999", "http://ho st/", "unix:/x"}) {
    EXPECT_FALSE(Origin::parse(bad)) << bad;
  }
}

TEST_F(ClientTest, FetchesAndKeepsTheConnection) {
  HttpTestServer server;
  const Origin target = origin(server.port());
  for (int i = 0; i < 3; ++i) {
    const auto response = get(target, to("/echo", Method::Post, "body " + std::to_string(i)));
    ASSERT_TRUE(response) << describe(response.error());
    EXPECT_EQ(response->status, 200);
    EXPECT_EQ(response->headers.find("content-type"), "text/plain");
    EXPECT_EQ(response->body, "body " + std::to_string(i));
  }
  EXPECT_EQ(server.server->open_connections(), 1u);
}

TEST_F(ClientTest, SendsItsOwnFramingAndTheCallersHeaders) {
  ScriptedServer server({{{"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", Then::Close}}});
  Origin target = origin(server.port());
  target.base_path = "/v1";
  ClientRequest request = to("/chat?a=b", Method::Post, "{}");
  request.headers = {{"Authorization", "Bearer x"}, {"Content-Length", "999"}, {"Host", "evil"}};
  ASSERT_TRUE(get(target, request));
  EXPECT_EQ(server.requests().at(0), fmt::format("POST /v1/chat?a=b HTTP/1.1\r\nHost: 127.0.0.1:{}\r\n"
                                                 "Authorization: Bearer x\r\nContent-Length: 2\r\n\r\n{{}}",
                                                 server.port()));
}

TEST_F(ClientTest, RefusesToSendWhatWouldBreakTheMessage) {
  const Origin target = origin(1);
  ClientRequest forged = to("/");
  forged.headers = {{"X-A", "b\r\nX-B: c"}};
  ClientRequest misnamed = to("/");
  misnamed.headers = {{"X A", "b"}};
  for (const ClientRequest& request : {forged, misnamed, to("/a b"), to("/a\r\nHost: b"), to("a"), to("/#a")}) {
    const auto response = get(target, request);
    ASSERT_FALSE(response);
    EXPECT_EQ(response.error().code, ErrorCode::InvalidInput);
  }
}

TEST_F(ClientTest, ReadsEveryFraming) {
  const struct {
    const char* name;
    std::string bytes;
    Then then;
    std::string body;
  } cases[] = {
      {"length", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", Then::Keep, "hello"},
      {"chunks", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\nhello\r\n6\r\n world\r\n0\r\nT: x\r\n\r\n",
       Then::Keep, "hello world"},
      {"until close", "HTTP/1.1 200 OK\r\n\r\nhello", Then::Close, "hello"},
      {"HTTP/1.0", "HTTP/1.0 200 OK\r\n\r\nhello", Then::Close, "hello"},
      {"interim responses", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
                            "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na", Then::Keep, "a"},
      {"no content", "HTTP/1.1 204 No Content\r\n\r\n", Then::Keep, ""},
      {"empty", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", Then::Keep, ""},
  };
  for (const auto& each : cases) {
    ScriptedServer server({{{each.bytes, each.then}}});
    const auto response = get(origin(server.port()), to("/"));
    ASSERT_TRUE(response) << each.name << ": " << describe(response.error());
    EXPECT_EQ(response->body, each.body) << each.name;
    EXPECT_FALSE(response->headers.has("Link")) << "of an interim response";
  }
}

TEST_F(ClientTest, BrokenAnswersAreUpstreamFailures) {
  const struct {
    const char* name;
    std::string bytes;
    Then then;
  } cases[] = {
      {"garbage", "SSH-2.0-OpenSSH\r\n", Then::Close},
      {"nothing", "", Then::Close},
      {"half a head", "HTTP/1.1 200 OK\r\nContent-", Then::Close},
      {"body cut short", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello", Then::Close},
      {"chunks cut short", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", Then::Close},
      {"reset in the body", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello", Then::Reset},
      {"bad chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n", Then::Close},
      {"unknown coding", "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nxx", Then::Close},
      {"length and coding", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
       Then::Close},
      {"endless head", "HTTP/1.1 200 OK\r\nX: " + std::string(100'000, 'x'), Then::Close},
      {"upgrade", "HTTP/1.1 101 Switching Protocols\r\n\r\n", Then::Close},
      {"endless interim", [] {
         std::string many;
         for (int i = 0; i < 50; ++i) many += "HTTP/1.1 100 Continue\r\n\r\n";
         return many;
       }(), Then::Close},
  };
  for (const auto& each : cases) {
    ScriptedServer server({{{each.bytes, each.then}}});
    const auto response = get(origin(server.port()), to("/"));
    ASSERT_FALSE(response) << each.name;
    EXPECT_EQ(response.error().code, ErrorCode::UpstreamFailed) << each.name << ": " << response.error().message;
  }
}

TEST_F(ClientTest, HeadAnswersHaveNoBody) {
  HttpTestServer server;
  const auto response = get(origin(server.port()), to("/hello", Method::Head));
  ASSERT_TRUE(response);
  EXPECT_EQ(response->headers.find("Content-Length"), "5");
  EXPECT_EQ(response->body, "");
}

TEST_F(ClientTest, StreamsPieceByPiece) {
  HttpTestServer server;
  const auto pieces =
      test::await_on(runtime_.loop(0), fetch_pieces(*client_, origin(server.port()), to("/stream")));
  ASSERT_TRUE(pieces) << describe(pieces.error());
  std::string all;
  for (const auto& piece : *pieces) all += piece;
  EXPECT_EQ(all, "one two three");
  ASSERT_TRUE(get(origin(server.port()), to("/hello")));
  EXPECT_EQ(server.server->open_connections(), 1u) << "a stream read to its end leaves its connection usable";
}

TEST_F(ClientTest, ChunksOfOneReadComeAsOnePiece) {
  ScriptedServer server({{{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n1\r\nb\r\n1\r\nc\r\n0\r\n\r\n",
                           Then::Keep}}});
  const auto pieces = test::await_on(runtime_.loop(0), fetch_pieces(*client_, origin(server.port()), to("/")));
  ASSERT_TRUE(pieces);
  std::string all;
  for (const auto& piece : *pieces) all += piece;
  EXPECT_EQ(all, "abc");
}

TEST_F(ClientTest, BodiesAreBounded) {
  HttpTestServer server;
  for (const char* path : {"/big", "/stream"}) {
    const auto size =
        test::await_on(runtime_.loop(0), read_at_most(*client_, origin(server.port()), to(path), 10));
    ASSERT_FALSE(size) << path;
    EXPECT_EQ(size.error().code, ErrorCode::TooLarge) << path;
  }
}

TEST_F(ClientTest, AConnectionThatDiedWhileIdleIsReplacedOnce) {
  const std::string ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
  ScriptedServer server({{{ok, Then::Keep}, {"", Then::Close}}, {{ok, Then::Keep}}});
  const Origin target = origin(server.port());
  ASSERT_TRUE(get(target, to("/1")));
  // The second request reaches the first connection, whose server closes without a byte.
  const auto second = get(target, to("/2", Method::Post, "{}"));
  ASSERT_TRUE(second) << describe(second.error());
  EXPECT_EQ(second->body, "ok");
  EXPECT_EQ(server.connections(), 2u);
  EXPECT_EQ(server.requests().size(), 3u);
}

TEST_F(ClientTest, AFreshConnectionIsNotTriedTwice) {
  ScriptedServer server({{{"", Then::Close}}, {{"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", Then::Keep}}});
  const auto response = get(origin(server.port()), to("/", Method::Post, "{}"));
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, ErrorCode::UpstreamFailed);
  EXPECT_EQ(server.connections(), 1u);
}

TEST_F(ClientTest, AnAnswerThatHasBegunIsNotAskedForAgain) {
  const std::string ok = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
  ScriptedServer server({{{ok, Then::Keep}, {"HTTP/1.1 2", Then::Close}}, {{ok, Then::Keep}}});
  const Origin target = origin(server.port());
  ASSERT_TRUE(get(target, to("/1")));
  const auto second = get(target, to("/2", Method::Post, "{}"));
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::UpstreamFailed);
  EXPECT_EQ(server.connections(), 1u);
}

TEST_F(ClientTest, ConnectionsToCloseAreNotKept) {
  const std::string close = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
  ScriptedServer server({{{close, Then::Close}}, {{close, Then::Close}}});
  const Origin target = origin(server.port());
  ASSERT_TRUE(get(target, to("/1")));
  ASSERT_TRUE(get(target, to("/2")));
  EXPECT_EQ(server.connections(), 2u);
}

TEST_F(ClientTest, DeadlinesHoldForHeadAndBody) {
  ScriptedServer head({{{"", Then::Hang}}});
  auto response = get(origin(head.port()), to("/"), 60ms);
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, ErrorCode::Timeout);
  ScriptedServer body({{{"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf", Then::Hang}}});
  response = get(origin(body.port()), to("/"), 60ms);
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, ErrorCode::Timeout);
}

Task<void> cancel_after_a_moment(Cancellation& cancellation) {
  const auto slept = co_await sleep_for(30ms);
  static_cast<void>(slept);
  cancellation.cancel();
}

TEST_F(ClientTest, ACancelledRequestEndsAtOnce) {
  HttpTestServer server;
  Cancellation cancellation;
  spawn(runtime_.loop(0), "cancel", cancel_after_a_moment(cancellation));
  const auto response = get(origin(server.port()), to("/hang"), long_enough, &cancellation);
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, ErrorCode::Cancelled);
  EXPECT_EQ(server.noticed.get_future().wait_for(long_enough), std::future_status::ready)
      << "the upstream sees that nobody waits any more";
  const auto next = get(origin(server.port()), to("/hello"), long_enough, &cancellation);
  ASSERT_FALSE(next) << "cancelled once, cancelled for good";
  EXPECT_EQ(next.error().code, ErrorCode::Cancelled);
}

TEST_F(ClientTest, UnreachableHostsAreUnavailable) {
  std::uint16_t free_port = 0;
  {
    HttpTestServer server;
    free_port = server.port();
  }
  const auto refused = get(origin(free_port), to("/"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::Unavailable);
  guard_.replace_rules({{"no-such-host.invalid", 80, false}});
  const auto unknown = get(*Origin::parse("http://no-such-host.invalid"), to("/"));
  ASSERT_FALSE(unknown);
  EXPECT_TRUE(unknown.error().code == ErrorCode::Unavailable || unknown.error().code == ErrorCode::Timeout)
      << unknown.error().message;
}

TEST_F(ClientTest, TheEgressGuardStandsInFront) {
  HttpTestServer server;
  const Origin target = origin(server.port());
  guard_.replace_rules({});
  auto response = get(target, to("/hello"));
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, ErrorCode::Forbidden);
  guard_.replace_rules({{"ip6-localhost", server.port(), false}});
  Origin by_name = target;
  by_name.host = "ip6-localhost";
  response = get(by_name, to("/hello"));
  ASSERT_FALSE(response) << "the name leads to a private address";
  EXPECT_EQ(server.handled, 0);
}

TEST_F(ClientTest, ResolvesNames) {
  HttpTestServer server;
  Origin target = origin(server.port());
  target.host = "localhost";
  const auto response = get(target, to("/hello"));
  ASSERT_TRUE(response) << describe(response.error());
  EXPECT_EQ(response->body, "hello");
}

TEST_F(ClientTest, TooManyConnectionsAreRefused) {
  ClientOptions options;
  options.connections_per_origin_max = 1;
  use(options);
  HttpTestServer server;
  const Origin target = origin(server.port());
  auto cancellation = std::make_shared<Cancellation>();
  auto hanging = std::async(std::launch::async, [&] {
    return get(target, to("/hang"), long_enough, cancellation.get());
  });
  server.hanging.get_future().wait();
  const auto refused = get(target, to("/hello"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::Unavailable);
  EXPECT_TRUE(refused.error().retry_after.has_value());
  boost::asio::post(runtime_.loop(0), [cancellation] { cancellation->cancel(); });
  EXPECT_FALSE(hanging.get());
  EXPECT_TRUE(get(target, to("/hello"))) << "the place is free again";
}

TEST_F(ClientTest, IdleConnectionsAreClosedInTime) {
  ClientOptions options;
  options.idle_connection_age_max = 30ms;
  use(options);
  ScriptedServer server({{{"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", Then::Keep},
                          {"unused", Then::Keep}}});
  ASSERT_TRUE(get(origin(server.port()), to("/")));
  server.wait_until_closed(1);   // the script ends because the client closed
  EXPECT_EQ(server.requests().size(), 1u);
}

TEST_F(ClientTest, HandsOverAnEventStreamAsItArrives) {
  ScriptedServer server({{{"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
                           "5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n", Then::Close}},
                         {{"HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno", Then::Close}}});
  std::string seen;
  const auto take = [&](std::string_view piece) { seen += piece; };
  const auto streamed = fetch_blocking(origin(server.port()), to("/"), long_enough, take, {});
  ASSERT_TRUE(streamed) << describe(streamed.error());
  EXPECT_EQ(seen, "hello world");
  EXPECT_EQ(streamed->body, "");
  const auto whole = fetch_blocking(origin(server.port()), to("/"), long_enough, take, {});
  ASSERT_TRUE(whole);
  EXPECT_EQ(whole->body, "no") << "what is no stream is in the response";
}

TEST_F(ClientTest, AStopEndsAStream) {
  ScriptedServer server({{{"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
                           "5\r\nhello\r\n", Then::Hang}}});
  std::stop_source source;
  const auto ended = fetch_blocking(
      origin(server.port()), to("/"), long_enough, [&](std::string_view) { source.request_stop(); },
      source.get_token());
  ASSERT_FALSE(ended);
  EXPECT_EQ(ended.error().code, ErrorCode::Cancelled) << describe(ended.error());
}

TEST_F(ClientTest, ReachesUnixSockets) {
  const test::TempDirectory folder;
  HttpTestServer server;
  const std::string path = folder.path() / "control.sock";
  ASSERT_TRUE(server.server->start_control_socket(path));
  Origin target;
  target.host = "control";
  target.port = 80;
  target.unix_socket = path;
  const auto response = fetch_blocking(target, to("/peer"), long_enough);
  ASSERT_TRUE(response) << describe(response.error());
  EXPECT_EQ(response->body, "control socket owner");
  target.unix_socket = std::string(200, 'x');
  EXPECT_FALSE(fetch_blocking(target, to("/peer"), long_enough));
}

}  // namespace
}  // namespace millwright::io::http
