#include "extensions/providers/entra_token.hpp"

#include <future>
#include <thread>

#include <gmock/gmock.h>

#include "base/config/node.hpp"
#include "base/text.hpp"
#include "extensions/providers/azure.hpp"
#include "io/http/egress.hpp"
#include "io/http/server.hpp"
#include "io/loop/runtime.hpp"
#include "tests/support/http_await.hpp"

namespace millwright::extensions {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr std::string_view completion = R"({"id":"c","object":"chat.completion","model":"m",
"choices":[{"index":0,"message":{"role":"assistant","content":"Hi"},"finish_reason":"stop"}],
"usage":{"prompt_tokens":7,"completion_tokens":3,"total_tokens":10}})";

class HandClock final : public Clock {
 public:
  [[nodiscard]] Timestamp now() const override { return from_micros(micros_.load()); }
  void advance(std::chrono::seconds time) { micros_ += time.count() * 1'000'000; }

 private:
  std::atomic<std::int64_t> micros_{1'763'900'000'000'000};
};

/// An authority and the API behind it: hands out t1, t2, … and takes those that it has not revoked.
class Cloud {
 public:
  Cloud() : server(runtime, {}, [this](io::http::Exchange& exchange) { return answer(exchange); }) {
    runtime.start();
    EXPECT_TRUE(server.start());
    guard.replace_rules({{"127.0.0.1", server.port(), true}});
    client = std::make_unique<io::http::Client>(runtime, guard);
  }
  ~Cloud() {
    server.stop(Duration(100));
    runtime.stop();
  }
  [[nodiscard]] std::string url(std::string_view path = {}) const {
    return fmt::format("http://127.0.0.1:{}{}", server.port(), path);
  }
  [[nodiscard]] Result<std::unique_ptr<gateway::Provider>> make(std::string_view options, std::string api_key = {},
                                                                std::string secret = "s&cret") {
    config.name = "azure";
    config.origin = *io::http::Origin::parse(url());
    config.options = (*config::parse_yaml(fmt::format("options: {{{}}}", options), "test.yaml"))["options"];
    gateway::ProviderParts parts{&config, std::move(api_key), {}, client.get()};
    if (!secret.empty()) parts.secrets["client_secret"] = std::move(secret);
    return make_azure(parts);
  }
  [[nodiscard]] std::string usual() const {
    return fmt::format(R"(auth: entra, tenant: my-tenant, client_id: app-1, authority: "{}")", url("/cloud"));
  }
  [[nodiscard]] gateway::ProviderResult chat(gateway::Provider& provider) {
    const auto body = *parse_json_object(R"({"model":"m","messages":[{"role":"user","content":"Hi"}]})");
    gateway::ModelConfig model;
    model.id = "m";
    gateway::ProviderCall call;
    call.model = &model;
    call.body = &body;
    call.timeout = call.idle_timeout = Duration(5'000);
    return test::await_on(runtime.loop(0), provider.chat(call, {}));
  }

  io::Runtime runtime{{2, 1}};
  HandClock clock;
  io::http::EgressGuard guard;
  std::unique_ptr<io::http::Client> client;
  gateway::ProviderConfig config;
  std::atomic<int> tokens{0}, calls{0}, token_status{200}, valid_from{1};
  std::mutex mutex;
  std::string form, path;  // of the last request for a token
  io::http::Server server;

 private:
  io::Task<void> answer(io::http::Exchange& exchange) {
    const auto& request = exchange.request();
    io::http::Response response;
    response.headers.set("Content-Type", "application/json");
    if (request.path.ends_with("/token")) {
      const auto number = ++tokens;
      const std::scoped_lock lock(mutex);
      form = request.body;
      path = request.path;
      response.status = static_cast<std::uint16_t>(token_status.load());
      response.body = response.status == 200
                          ? fmt::format(R"({{"token_type":"Bearer","access_token":"t{}","expires_in":3600}})", number)
                          : R"({"error":"invalid_client","error_description":"the secret s&cret is wrong"})";
    } else {
      ++calls;
      const auto token = request.headers.find("authorization");
      const bool is_good = token.starts_with("Bearer t") && std::stoi(std::string(token.substr(8))) >= valid_from;
      response.status = is_good ? 200 : 401;
      response.body = is_good ? std::string(completion) : R"({"error":{"code":"401","message":"expired"}})";
    }
    auto sent = co_await exchange.send(std::move(response));
    (void)sent;
  }
};

TEST(Entra, ATokenIsAskedForOnceAndServesUntilShortlyBeforeItsEnd) {
  Cloud cloud;
  auto provider = cloud.make(cloud.usual());
  ASSERT_TRUE(provider) << provider.error().message;
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(cloud.chat(**provider));
  EXPECT_EQ(cloud.tokens, 1);
  EXPECT_EQ(cloud.path, "/cloud/my-tenant/oauth2/v2.0/token");
  EXPECT_EQ(cloud.form,
            "grant_type=client_credentials&client_id=app-1&client_secret=s%26cret&"
            "scope=https%3A%2F%2Fcognitiveservices.azure.com%2F.default");
  ASSERT_EQ((*provider)->further_origins().size(), 1u);
  EXPECT_EQ((*provider)->further_origins().front().port, cloud.server.port());
}

TEST(Entra, ManyWhoWaitShareOneRequestAndAnOldTokenIsRenewedWhileItServes) {
  Cloud cloud;
  EntraApplication application{*io::http::Origin::parse(cloud.url()), "t", "c", "s", "x"};
  auto tokens = make_entra_tokens(std::move(application), *cloud.client, cloud.clock);
  const auto load = [&] { return test::await_on(cloud.runtime.loop(0), tokens.load(Duration(5'000), nullptr)); };
  std::vector<std::future<Result<std::string>>> waiting;
  for (int i = 0; i < 8; ++i) waiting.push_back(std::async(std::launch::async, load));
  for (auto& each : waiting) EXPECT_EQ(each.get().value_or("none"), "t1");
  EXPECT_EQ(cloud.tokens, 1);
  cloud.clock.advance(std::chrono::seconds(3'400));  // less than five minutes are left
  EXPECT_EQ(load().value_or("none"), "t1") << "nobody waits while it serves";
  while (cloud.tokens < 2) std::this_thread::yield();
  for (std::string newest; newest != "t2";) newest = load().value_or("none");
  cloud.token_status = 500;
  cloud.clock.advance(std::chrono::seconds(3'400));
  EXPECT_EQ(load().value_or("none"), "t2") << "a failed renewal harms nobody yet";
  cloud.clock.advance(std::chrono::seconds(300));
  const auto failed = load();
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, ErrorCode::Unavailable);
}

TEST(Entra, ARevokedTokenIsReplacedOnceAndAWrongSecretIsNamedNotShown) {
  Cloud cloud;
  auto provider = cloud.make(cloud.usual());
  ASSERT_TRUE(provider);
  ASSERT_TRUE(cloud.chat(**provider));
  cloud.valid_from = 2;
  EXPECT_TRUE(cloud.chat(**provider));
  EXPECT_EQ(cloud.tokens, 2);
  cloud.valid_from = 100;
  const auto refused = cloud.chat(**provider);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().status, 401);
  EXPECT_EQ(cloud.tokens, 3) << "no more than one new one a call";
  cloud.token_status = 401;
  const auto wrong = cloud.chat(**provider);
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().error.code, ErrorCode::UpstreamFailed);
  EXPECT_THAT(wrong.error().error.message, HasSubstr("invalid_client"));
  EXPECT_THAT(wrong.error().error.message, Not(HasSubstr("cret")));
  EXPECT_FALSE(wrong.error().is_retryable);
}

TEST(Entra, OptionsAreCheckedAtTheirPlace) {
  Cloud cloud;
  struct Case {
    std::string options, api_key, secret, says;
  };
  for (const auto& each : std::vector<Case>{
           {"auth: entra, client_id: c", "", "s", "options.tenant"},
           {"auth: entra, tenant: a/b, client_id: c", "", "s", "options.tenant"},
           {"auth: entra, tenant: t", "", "s", "options.client_id"},
           {"auth: entra, tenant: t, client_id: c", "", "", "secrets.client_secret"},
           {"auth: entra, tenant: t, client_id: c", "key", "s", "api_key"},
           {"auth: entra, tenant: t, client_id: c, authority: 'http://login.example.com'", "", "s", "https"},
           {"auth: entra, tenant: t, client_id: c, authority: 'http://127.example.com'", "", "s", "https"},
           {"auth: entra, tenant: t, client_id: c, authority: 'nonsense'", "", "s", "URL"},
           {"tenant: t", "key", "", "auth: entra"}}) {
    const auto made = cloud.make(each.options, each.api_key, each.secret);
    ASSERT_FALSE(made) << each.options;
    EXPECT_EQ(made.error().code, ErrorCode::InvalidConfig);
    EXPECT_THAT(made.error().message, HasSubstr(each.says)) << each.options;
  }
}

}  // namespace
}  // namespace millwright::extensions
