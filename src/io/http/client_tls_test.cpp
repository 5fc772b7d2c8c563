#include "io/http/client_fixture.hpp"

namespace millwright::io::http {
namespace {

class ClientTlsTest : public ClientTest {};

TEST_F(ClientTlsTest, TlsIsVerified) {
  const test::TempDirectory folder;
  const auto files = test::make_certificate(folder.path(), "DNS:localhost,IP:127.0.0.1");
  ServerOptions server_options;
  server_options.tls = TlsFiles{files.certificate_file, files.key_file};
  HttpTestServer server(server_options);
  Origin target = origin(server.port());
  target.is_tls = true;

  const auto distrusted = get(target, to("/secure"));
  ASSERT_FALSE(distrusted) << "the system does not know this authority";
  EXPECT_EQ(distrusted.error().code, ErrorCode::UpstreamFailed);
  EXPECT_NE(distrusted.error().message.find("certificate"), std::string::npos) << distrusted.error().message;

  use({.ca_file = files.authority_file});
  for (const char* host : {"127.0.0.1", "localhost"}) {
    target.host = host;
    for (int i = 0; i < 2; ++i) {
      const auto response = get(target, to("/secure"));
      ASSERT_TRUE(response) << host << ": " << describe(response.error());
      EXPECT_EQ(response->body, "secure");
    }
  }
  EXPECT_EQ(server.server->open_connections(), 2u) << "one kept connection a name";
  const std::string large(5u << 20, 'q');
  const auto echoed = get(target, to("/echo", Method::Post, large));
  ASSERT_TRUE(echoed) << describe(echoed.error());
  EXPECT_EQ(echoed->body, large);
  const auto streamed = get(target, to("/stream"));
  ASSERT_TRUE(streamed);
  EXPECT_EQ(streamed->body, "one two three");
}

TEST_F(ClientTlsTest, TlsRefusesAnotherName) {
  const test::TempDirectory folder;
  const auto files = test::make_certificate(folder.path(), "DNS:other.example.com");
  ServerOptions server_options;
  server_options.tls = TlsFiles{files.certificate_file, files.key_file};
  HttpTestServer server(server_options);
  use({.ca_file = files.authority_file});
  Origin target = origin(server.port());
  target.is_tls = true;
  for (const char* host : {"127.0.0.1", "localhost"}) {
    target.host = host;
    const auto response = get(target, to("/secure"));
    ASSERT_FALSE(response) << host;
    EXPECT_EQ(response.error().code, ErrorCode::UpstreamFailed);
  }
  EXPECT_EQ(server.handled, 0);
}

TEST(ServerTls, BadFilesAreNamed) {
  const test::TempDirectory folder;
  Runtime runtime({.loops = 1, .blocking_threads = 1});
  runtime.start();
  ServerOptions options;
  options.tls = TlsFiles{folder.path() / "missing.pem", folder.path() / "missing.key"};
  Server server(runtime, options, [](Exchange&) -> Task<void> { co_return; });
  const auto started = server.start();
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().code, ErrorCode::InvalidConfig);
  EXPECT_NE(started.error().message.find("missing.pem"), std::string::npos);
}

TEST(ServerTls, PlainTextOnATlsPortEndsQuietly) {
  const test::TempDirectory folder;
  const auto files = test::make_certificate(folder.path(), "DNS:localhost");
  ServerOptions options;
  options.tls = TlsFiles{files.certificate_file, files.key_file};
  options.header_timeout = 100ms;
  HttpTestServer server(options);
  test::RawClient plain(server.port());
  plain.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(plain.read_to_end().find("HTTP/1.1 200"), std::string::npos);
  test::RawClient silent(server.port());
  EXPECT_EQ(silent.read_to_end(), "") << "a handshake that never comes times out";
  EXPECT_TRUE(server.server->reload_tls());
  EXPECT_EQ(server.handled, 0);
}

}  // namespace
}  // namespace millwright::io::http
