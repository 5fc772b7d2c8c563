// A provider reached through a proxy of its own, and one that insists on a certificate: as the configuration says.
#include <gtest/gtest.h>

#include "tests/api/desk.hpp"
#include "tests/support/http_mutual_tls.hpp"
#include "tests/support/http_proxy.hpp"
#include "tests/support/http_scripted_server.hpp"

namespace millwright::test {
namespace {

std::string completion() {
  const std::string body =
      R"({"id":"c","object":"chat.completion","model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"hi"},"finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":1,"total_tokens":4}})";
  return fmt::format("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{}", body.size(),
                     body);
}

TEST(ProviderTransport, TakesTheProxyOfTheConfiguration) {
  ScriptedServer server({{{completion()}}});
  HttpProxy proxy;
  const TempDirectory folder;
  const auto password = folder.write("password", "s3cret");
  std::filesystem::permissions(password, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  // Nobody can look this name up: only the proxy knows the way.
  Desk desk(fmt::format("http://api.nowhere.invalid:{}/v1", server.port()),
            fmt::format("proxy: {{url: \"http://127.0.0.1:{}\", username: ada, password: {{file: {}}}}}", proxy.port(),
                        password.string()));
  const auto response = desk.ask(desk_chat);
  EXPECT_EQ(response.status, 200) << response.body;
  ASSERT_EQ(proxy.heads().size(), 1u);
  EXPECT_NE(proxy.heads()[0].find("Proxy-Authorization: Basic YWRhOnMzY3JldA==\r\n"), std::string::npos);
  EXPECT_EQ(desk.booked().cost, Money::from_nano(3'000 + 2'000));
}

TEST(ProviderTransport, ARefusalOfTheProxyReachesTheClient) {
  HttpProxy proxy(HttpProxy::Does::Answer, "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n");
  Desk desk("https://api.nowhere.invalid/v1", fmt::format("proxy: {{url: \"http://127.0.0.1:{}\"}}", proxy.port()));
  const auto response = desk.ask(desk_chat);
  EXPECT_EQ(response.status, 502) << response.body;
  EXPECT_NE(response.body.find("refused the way to api.nowhere.invalid:443 with status 407"), std::string::npos)
      << response.body;
  EXPECT_EQ(desk.booked().cost, Money());
}

TEST(ProviderTransport, ShowsTheCertificateOfTheConfiguration) {
  const TempDirectory folder;
  const auto files = make_certificate(folder.path(), "IP:127.0.0.1");
  MutualTlsServer server(files);
  const auto url = fmt::format("https://127.0.0.1:{}/v1", server.port());
  {
    Desk nameless(url, fmt::format("tls: {{ca: {}}}", files.authority_file));
    const auto response = nameless.ask(desk_chat);
    EXPECT_EQ(response.status, 502);
    EXPECT_NE(response.body.find("certificate required"), std::string::npos) << response.body;
  }
  Desk desk(url, fmt::format("tls: {{ca: {}, certificate: {}, key: {{file: {}}}}}", files.authority_file,
                             files.client_certificate_file, files.client_key_file));
  const auto response = desk.ask(desk_chat);
  // The server answers in plain words, which no chat completion is: the way to it is open.
  EXPECT_NE(response.body.find("not JSON"), std::string::npos) << response.body;
}

TEST(ProviderTransport, AWrongSettingNamesItsProvider) {
  EXPECT_THROW(Desk("https://api.nowhere.invalid/v1", "tls: {ca: /nowhere/ca.pem}"), std::runtime_error);
  EXPECT_THROW(Desk("https://api.nowhere.invalid/v1", "proxy: {url: \"socks5://127.0.0.1:1\"}"), std::runtime_error);
  EXPECT_THROW(Desk("https://api.nowhere.invalid/v1", "tls: {certificate: /nowhere/c.pem}"), std::runtime_error);
}

}  // namespace
}  // namespace millwright::test
