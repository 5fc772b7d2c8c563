#include <openssl/evp.h>
#include <openssl/pem.h>

#include <future>

#include <gtest/gtest.h>
#include <boost/asio/co_spawn.hpp>

#include "base/config/node.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "extensions/providers/google_token.hpp"
#include "extensions/providers/vertex.hpp"
#include "io/http/egress.hpp"
#include "io/http/server.hpp"
#include "io/loop/runtime.hpp"
#include "tests/support/http_await.hpp"

namespace millwright::extensions {
namespace {

struct FreeKey {
  void operator()(EVP_PKEY* key) const { ::EVP_PKEY_free(key); }
};
struct FreeBio {
  void operator()(BIO* bio) const { ::BIO_free_all(bio); }
};
struct FreeContext {
  void operator()(EVP_MD_CTX* context) const { ::EVP_MD_CTX_free(context); }
};

EVP_PKEY* test_key() {
  static const std::unique_ptr<EVP_PKEY, FreeKey> key(::EVP_RSA_gen(2048));
  return key.get();
}

std::string pem_of(EVP_PKEY* key) {
  const std::unique_ptr<BIO, FreeBio> bio(::BIO_new(::BIO_s_mem()));
  ::PEM_write_bio_PKCS8PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr);
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return std::string(data, static_cast<std::size_t>(size));
}

std::string key_file(std::string_view token_uri) {
  return json::serialize(json::object{{"type", "service_account"},
                                      {"project_id", "p"},
                                      {"private_key_id", "k1"},
                                      {"private_key", pem_of(test_key())},
                                      {"client_email", "a@p.example"},
                                      {"token_uri", token_uri}});
}

/// Moved by hand.
class HandClock final : public Clock {
 public:
  [[nodiscard]] Timestamp now() const override { return from_micros(micros_.load()); }
  void advance(std::chrono::seconds time) { micros_ += time.count() * 1'000'000; }

 private:
  std::atomic<std::int64_t> micros_{1'763'900'000'000'000};
};

/// A token endpoint that counts, and answers once it is let.
class TokenEndpoint {
 public:
  TokenEndpoint() : server(runtime, {}, [this](io::http::Exchange& exchange) { return answer(exchange); }) {
    runtime.start();
    EXPECT_TRUE(server.start());
    guard.replace_rules({{"127.0.0.1", server.port(), true}});
    client = std::make_unique<io::http::Client>(runtime, guard);
  }
  ~TokenEndpoint() {
    server.stop(Duration(100));
    runtime.stop();
  }
  [[nodiscard]] GoogleTokens tokens() {
    auto key = GoogleKey::parse(key_file(fmt::format("http://127.0.0.1:{}/token", server.port())));
    return {std::move(*key), *client, clock};
  }
  [[nodiscard]] Result<std::string> load(GoogleTokens& from) {
    return test::await_on(runtime.loop(0), from.load(Duration(5'000), nullptr));
  }

  io::Runtime runtime{{2, 1}};
  HandClock clock;
  io::http::EgressGuard guard;
  std::unique_ptr<io::http::Client> client;
  std::atomic<int> fetches{0};
  std::atomic<int> status{200};
  std::function<bool()> may_answer = [] { return true; };
  io::http::Server server;

 private:
  io::Task<void> answer(io::http::Exchange& exchange) {
    const auto number = ++fetches;
    while (!may_answer()) {
      auto slept = co_await io::sleep_for(Duration(1));
      if (!slept) co_return;
    }
    io::http::Response response;
    response.status = static_cast<std::uint16_t>(status.load());
    response.body = response.status == 200 ? fmt::format(R"({{"access_token":"t{}","expires_in":3600}})", number)
                                           : R"({"error":"invalid_grant"})";
    auto sent = co_await exchange.send(std::move(response));
    (void)sent;
  }
};

TEST(GoogleKey, SignsAnAssertionThatItsPublicKeyVerifies) {
  auto key = GoogleKey::parse(key_file("https://oauth2.googleapis.com/token"));
  ASSERT_TRUE(key) << key.error().message;
  auto assertion = key->sign_assertion(from_micros(1'763'900'000'000'000));
  ASSERT_TRUE(assertion);
  const auto parts = split(*assertion, '.');
  ASSERT_EQ(parts.size(), 3u);
  EXPECT_EQ(*from_base64(parts[0]), R"({"alg":"RS256","typ":"JWT","kid":"k1"})");
  const auto claims = *parse_json_object(*from_base64(parts[1]));
  EXPECT_EQ(string_member(claims, "iss"), "a@p.example");
  EXPECT_EQ(string_member(claims, "aud"), "https://oauth2.googleapis.com/token");
  EXPECT_EQ(claims.at("exp").as_int64() - claims.at("iat").as_int64(), 3'600);
  const auto signature = *from_base64(parts[2]);
  const auto signed_text = assertion->substr(0, assertion->rfind('.'));
  const std::unique_ptr<EVP_MD_CTX, FreeContext> context(::EVP_MD_CTX_new());
  ASSERT_EQ(::EVP_DigestVerifyInit(context.get(), nullptr, ::EVP_sha256(), nullptr, test_key()), 1);
  EXPECT_EQ(
      ::EVP_DigestVerify(context.get(), reinterpret_cast<const unsigned char*>(signature.data()), signature.size(),
                         reinterpret_cast<const unsigned char*>(signed_text.data()), signed_text.size()),
      1);
}

TEST(GoogleKey, RefusesWhatIsNoKeyFileAndNeverShowsIt) {
  const auto good = *parse_json_object(key_file("https://oauth2.googleapis.com/token"));
  const auto changed = [&](std::string_view name, std::string_view value) {
    json::object copy = good;
    copy[name] = value;
    return json::serialize(copy);
  };
  for (const auto& text :
       {std::string("no json"), std::string("[]"), changed("type", "authorized_user"), changed("client_email", ""),
        changed("private_key", "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n"),
        changed("token_uri", "http://tokens.example.com/token"), changed("token_uri", "file:///etc/passwd")}) {
    const auto key = GoogleKey::parse(text);
    ASSERT_FALSE(key) << text;
    EXPECT_EQ(key.error().code, ErrorCode::InvalidConfig);
    EXPECT_EQ(describe(key.error()).find("c2VjcmV0"), std::string::npos);
  }
}

TEST(MakeVertex, SaysWhatItsConfigurationLacks) {
  TokenEndpoint endpoint;
  const auto key = key_file("https://oauth2.googleapis.com/token");
  const auto make = [&](std::string_view options, std::map<std::string, std::string, std::less<>> secrets) {
    gateway::ProviderConfig config;
    config.name = "cloud";
    config.kind = "vertex";
    config.origin = *io::http::Origin::parse(vertex_base_url);
    config.options = *config::parse_yaml(options, "test.yaml");
    gateway::ProviderParts parts;
    parts.config = &config;
    parts.secrets = std::move(secrets);
    parts.client = endpoint.client.get();
    return make_vertex(parts);
  };
  const auto made = make("location: europe-west4", {{"service_account", key}});
  ASSERT_TRUE(made) << made.error().message;
  std::vector<std::string> hosts;
  for (const auto& origin : (*made)->further_origins()) hosts.push_back(origin.host);
  EXPECT_EQ(hosts, (std::vector<std::string>{"europe-west4-aiplatform.googleapis.com", "oauth2.googleapis.com"}));
  EXPECT_EQ(make("project: p", {{"service_account", key}}).error().code, ErrorCode::InvalidConfig);
  EXPECT_EQ(make("location: a/../b", {{"service_account", key}}).error().code, ErrorCode::InvalidConfig);
  EXPECT_EQ(make("{location: eu, project: a/b}", {{"service_account", key}}).error().code, ErrorCode::InvalidConfig);
  EXPECT_NE(make("location: eu", {}).error().message.find("service_account"), std::string::npos);
  EXPECT_EQ(make("location: eu", {{"service_account", "{}"}}).error().code, ErrorCode::InvalidConfig);
}

TEST(GoogleTokens, FetchesOnceForAllWhoWait) {
  TokenEndpoint endpoint;
  std::atomic<int> waiting{0};
  constexpr int callers = 40;
  endpoint.may_answer = [&waiting] { return waiting.load() == callers; };
  auto tokens = endpoint.tokens();
  const auto call = [](GoogleTokens& from, std::atomic<int>& count) -> io::Task<Result<std::string>> {
    ++count;
    auto token = co_await from.load(Duration(10'000), nullptr);
    co_return token;
  };
  std::vector<std::future<Result<std::string>>> results;
  for (int i = 0; i < callers; ++i) {
    auto promise = std::make_shared<std::promise<Result<std::string>>>();
    results.push_back(promise->get_future());
    boost::asio::co_spawn(
        endpoint.runtime.loop(static_cast<unsigned>(i) % 2), call(tokens, waiting),
        [promise](const std::exception_ptr&, Result<std::string> token) { promise->set_value(std::move(token)); });
  }
  for (auto& result : results) {
    const auto token = result.get();
    ASSERT_TRUE(token) << token.error().message;
    EXPECT_EQ(*token, "t1");
  }
  EXPECT_EQ(endpoint.fetches, 1);
}

TEST(GoogleTokens, KeepsATokenUntilShortlyBeforeItsEndAndForgetsARefusedOne) {
  TokenEndpoint endpoint;
  auto tokens = endpoint.tokens();
  EXPECT_EQ(*endpoint.load(tokens), "t1");
  endpoint.clock.advance(3'000s);
  EXPECT_EQ(*endpoint.load(tokens), "t1");
  EXPECT_EQ(endpoint.fetches, 1);
  endpoint.clock.advance(580s);  // 20 s are left
  EXPECT_EQ(*endpoint.load(tokens), "t2");
  tokens.forget("t1");  // another one by now
  EXPECT_EQ(*endpoint.load(tokens), "t2");
  tokens.forget("t2");
  EXPECT_EQ(*endpoint.load(tokens), "t3");
}

TEST(GoogleTokens, SaysWhyThereIsNoneAndTriesAgain) {
  TokenEndpoint endpoint;
  auto tokens = endpoint.tokens();
  endpoint.status = 400;
  auto refused = endpoint.load(tokens);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::UpstreamFailed);
  EXPECT_NE(refused.error().message.find("invalid_grant"), std::string::npos);
  endpoint.status = 503;
  refused = endpoint.load(tokens);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::Unavailable);
  endpoint.status = 200;
  EXPECT_EQ(*endpoint.load(tokens), "t3");
}

TEST(GoogleTokens, WaitsNoLongerThanTheCallMay) {
  TokenEndpoint endpoint;
  std::atomic<bool> is_open{false};
  endpoint.may_answer = [&is_open] { return is_open.load(); };
  auto tokens = endpoint.tokens();
  const auto late = test::await_on(endpoint.runtime.loop(0), tokens.load(Duration(30), nullptr));
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, ErrorCode::Timeout);
  is_open = true;
  EXPECT_EQ(*endpoint.load(tokens), "t1");  // the fetch went on for those who come later
}

TEST(GoogleTokens, ACallerWhoLeavesDoesNotEndTheFetch) {
  TokenEndpoint endpoint;
  std::atomic<bool> is_open{false};
  endpoint.may_answer = [&is_open] { return is_open.load(); };
  auto tokens = endpoint.tokens();
  io::http::Cancellation cancellation;
  const auto leave = [](io::http::Cancellation& gone, std::atomic<int>& fetches) -> io::Task<void> {
    while (fetches.load() == 0) {
      auto slept = co_await io::sleep_for(Duration(1));
      if (!slept) co_return;
    }
    gone.cancel();
  };
  io::spawn(endpoint.runtime.loop(0), "leave", leave(cancellation, endpoint.fetches));
  const auto left = test::await_on(endpoint.runtime.loop(0), tokens.load(Duration(10'000), &cancellation));
  ASSERT_FALSE(left);
  EXPECT_EQ(left.error().code, ErrorCode::Cancelled);
  is_open = true;
  EXPECT_EQ(*endpoint.load(tokens), "t1");
  EXPECT_EQ(endpoint.fetches, 1);
}

}  // namespace
}  // namespace millwright::extensions
