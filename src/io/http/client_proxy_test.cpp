// Through proxies: tunnels, plain requests, refusals, and who is judged by the egress guard.
#include <fstream>

#include "io/http/client_fixture.hpp"
#include "io/http/transport.hpp"
#include "tests/support/http_mutual_tls.hpp"
#include "tests/support/http_proxy.hpp"

namespace millwright::io::http {
namespace {

using test::HttpProxy;
using Does = HttpProxy::Does;

std::string read_file(const std::string& path) {
  std::ifstream in(path);
  return {std::istreambuf_iterator<char>(in), {}};
}

class ClientProxyTest : public ClientTest {
 protected:
  ClientProxyTest()
      : files_(test::make_certificate(folder_.path(), "DNS:localhost,DNS:api.example.com,IP:127.0.0.1")) {}

  Origin through(const HttpProxy& proxy, std::string_view host, std::uint16_t port, bool is_tls,
                 std::string_view username = {}, std::string_view password = {}) {
    guard_.replace_rules({{std::string(host), port, false}});
    TransportOptions options;
    options.proxy_use = ProxyUse::Own;
    options.proxy = *Proxy::parse(fmt::format("http://127.0.0.1:{}", proxy.port()), username, password);
    options.ca_pem = read_file(files_.authority_file);
    Origin origin;
    origin.is_tls = is_tls;
    origin.host = host;
    origin.port = port;
    origin.transport = *Transport::make(std::move(options));
    return origin;
  }
  ServerOptions tls_options() const {
    ServerOptions options;
    options.tls = TlsFiles{files_.certificate_file, files_.key_file};
    return options;
  }

  const test::TempDirectory folder_;
  const test::CertificateFiles files_;
};

TEST_F(ClientProxyTest, TunnelsAreOpenedOnceAndUsedAgain) {
  HttpTestServer server(tls_options());
  HttpProxy proxy;
  // The proxy finds out what the name means: no address of it is looked up here.
  const auto target = through(proxy, "api.example.com", server.port(), true, "ada", "p@ss");
  for (int i = 0; i < 3; ++i) {
    const auto response = get(target, to("/secure"));
    ASSERT_TRUE(response) << describe(response.error());
    EXPECT_EQ(response->body, "secure");
  }
  const auto heads = proxy.heads();
  ASSERT_EQ(heads.size(), 1u);
  EXPECT_EQ(heads[0], fmt::format("CONNECT api.example.com:{0} HTTP/1.1\r\nHost: api.example.com:{0}\r\n"
                                  "Proxy-Authorization: Basic YWRhOnBAc3M=\r\n\r\n",
                                  server.port()));
  const auto streamed = get(target, to("/stream"));
  ASSERT_TRUE(streamed);
  EXPECT_EQ(streamed->body, "one two three");
  const auto again = through(proxy, "api.example.com", server.port(), true);
  ASSERT_TRUE(get(again, to("/secure")));
  EXPECT_EQ(proxy.heads().size(), 2u) << "another account's tunnel is not borrowed";
}

TEST_F(ClientProxyTest, PlainRequestsAreAskedOfTheProxy) {
  HttpTestServer server;
  HttpProxy proxy;
  auto target = through(proxy, "api.example.com", server.port(), false, "ada", "x");
  target.base_path = "";
  const auto response = get(target, to("/echo?a=b"));
  ASSERT_FALSE(proxy.heads().empty());
  EXPECT_TRUE(
      proxy.heads()[0].starts_with(fmt::format("GET http://api.example.com:{}/echo?a=b HTTP/1.1\r\n", server.port())))
      << proxy.heads()[0];
  EXPECT_NE(proxy.heads()[0].find("Proxy-Authorization: Basic YWRhOng=\r\n"), std::string::npos);
}

TEST_F(ClientProxyTest, WhatAProxyDoesIsSaid) {
  struct Case {
    Does does;
    const char* bytes;
    ErrorCode code;
    const char* says;
  };
  for (const auto& each :
       {Case{Does::Answer, "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 4\r\n\r\nwho?",
             ErrorCode::UpstreamFailed, "status 407"},
        Case{Does::Answer, "HTTP/1.1 403 Forbidden\r\n\r\n", ErrorCode::UpstreamFailed, "status 403"},
        Case{Does::Answer, "HTTP/1.1 502 Bad Gateway\r\n\r\n", ErrorCode::UpstreamFailed, "status 502"},
        Case{Does::Answer, "SSH-2.0-OpenSSH_9\r\n\r\n", ErrorCode::UpstreamFailed, "no HTTP"},
        Case{Does::Answer, "HTTP/1.1 200 OK\r\n\r\nmore", ErrorCode::UpstreamFailed, "more than its answer"},
        Case{Does::Answer, "HTTP/1.1 20", ErrorCode::UpstreamFailed, "closed the connection"},
        Case{Does::CloseAtOnce, "", ErrorCode::UpstreamFailed, "closed the connection"},
        Case{Does::Hang, "", ErrorCode::Timeout, "took too long"}}) {
    HttpProxy proxy(each.does, each.bytes);
    const auto target = through(proxy, "api.example.com", 443, true);
    const auto response = get(target, to("/"), each.does == Does::Hang ? milliseconds(200) : long_enough);
    ASSERT_FALSE(response) << each.bytes;
    EXPECT_EQ(response.error().code, each.code) << describe(response.error());
    EXPECT_NE(response.error().message.find(each.says), std::string::npos) << response.error().message;
    EXPECT_NE(response.error().message.find(fmt::format("http://127.0.0.1:{}", proxy.port())), std::string::npos);
    EXPECT_NE(response.error().message.find("api.example.com"), std::string::npos);
  }
}

TEST_F(ClientProxyTest, AProxyThatIsNotThereIsNamed) {
  std::uint16_t port = 0;
  {
    const HttpProxy gone;
    port = gone.port();
  }
  guard_.replace_rules({{"api.example.com", 443, false}});
  TransportOptions options;
  options.proxy_use = ProxyUse::Own;
  options.proxy = *Proxy::parse(fmt::format("http://127.0.0.1:{}", port));
  Origin target = *Origin::parse("https://api.example.com");
  target.transport = *Transport::make(std::move(options));
  const auto response = get(target, to("/"));
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, ErrorCode::Unavailable);
  EXPECT_NE(response.error().message.find("the proxy http://127.0.0.1"), std::string::npos) << response.error().message;
}

TEST_F(ClientProxyTest, TheGuardJudgesTheTargetAndNotTheProxy) {
  HttpTestServer server(tls_options());
  HttpProxy proxy;
  auto target = through(proxy, "api.example.com", server.port(), true);
  guard_.replace_rules({{"127.0.0.1", proxy.port(), true}});
  const auto unknown = get(target, to("/secure"));
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code, ErrorCode::Forbidden) << "a proxy opens no way to hosts that nobody configured";
  target.host = "169.254.169.254";
  guard_.replace_rules({{"169.254.169.254", server.port(), false}});
  EXPECT_EQ(get(target, to("/")).error().code, ErrorCode::Forbidden) << "nor to the metadata service of a cloud";
  EXPECT_TRUE(proxy.heads().empty());
}

TEST_F(ClientProxyTest, TheCertificateBehindATunnelIsTheTargets) {
  HttpTestServer server(tls_options());
  HttpProxy proxy;
  const auto response = get(through(proxy, "other.example.com", server.port(), true), to("/secure"));
  ASSERT_FALSE(response);
  EXPECT_NE(response.error().message.find("its certificate is not for other.example.com"), std::string::npos)
      << response.error().message;
  EXPECT_EQ(server.handled, 0);
}

TEST_F(ClientProxyTest, WhatIsWrongWithACertificateIsNamed) {
  const test::TempDirectory old_folder;
  const auto old_files = test::make_certificate(old_folder.path(), "IP:127.0.0.1", test::Validity::Past);
  ServerOptions options;
  options.tls = TlsFiles{old_files.certificate_file, old_files.key_file};
  HttpTestServer server(options);
  auto target = origin(server.port());
  target.is_tls = true;
  const auto with_authority = [](const std::string& file) {
    TransportOptions made;
    made.ca_pem = read_file(file);
    return *Transport::make(std::move(made));
  };
  target.transport = with_authority(old_files.authority_file);
  const auto expired = get(target, to("/secure"));
  ASSERT_FALSE(expired);
  EXPECT_NE(expired.error().message.find("has expired"), std::string::npos) << expired.error().message;
  target.transport = with_authority(files_.authority_file);
  const auto unknown = get(target, to("/secure"));
  ASSERT_FALSE(unknown);
  EXPECT_NE(unknown.error().message.find("an authority that is not trusted"), std::string::npos)
      << unknown.error().message;
}

TEST_F(ClientProxyTest, ACertificateIsShownWhereOneIsConfigured) {
  test::MutualTlsServer server(files_);
  auto target = origin(server.port());
  target.is_tls = true;
  TransportOptions options;
  options.ca_pem = read_file(files_.authority_file);
  target.transport = *Transport::make(options);
  const auto nameless = get(target, to("/"));
  ASSERT_FALSE(nameless);
  EXPECT_EQ(nameless.error().code, ErrorCode::UpstreamFailed);
  EXPECT_NE(nameless.error().message.find("certificate required"), std::string::npos) << nameless.error().message;
  options.certificate_pem = read_file(files_.client_certificate_file);
  options.key_pem = read_file(files_.client_key_file);
  target.transport = *Transport::make(options);
  const auto known = get(target, to("/"));
  ASSERT_TRUE(known) << describe(known.error());
  EXPECT_EQ(known->body, "hello Test Client");
}

TEST_F(ClientProxyTest, UnusableCertificatesAreRefusedBeforeTheyAreNeeded) {
  const auto certificate = read_file(files_.client_certificate_file), key = read_file(files_.client_key_file);
  for (const auto& [options, says] :
       {std::pair{TransportOptions{.ca_pem = "no pem"}, "no certificate in PEM"},
        std::pair{TransportOptions{.certificate_pem = certificate}, "go together"},
        std::pair{TransportOptions{.certificate_pem = certificate, .key_pem = "x"}, "no private key"},
        std::pair{TransportOptions{.certificate_pem = certificate, .key_pem = read_file(files_.key_file)},
                  "does not belong"},
        std::pair{TransportOptions{.certificate_pem = "x", .key_pem = key}, "no certificate in PEM"}}) {
    const auto made = Transport::make(options);
    ASSERT_FALSE(made) << says;
    EXPECT_EQ(made.error().code, ErrorCode::InvalidConfig);
    EXPECT_NE(made.error().message.find(says), std::string::npos) << made.error().message;
  }
}

}  // namespace
}  // namespace millwright::io::http
