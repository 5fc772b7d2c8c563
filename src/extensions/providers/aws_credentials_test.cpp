#include "extensions/providers/aws_credentials.hpp"

#include <fstream>
#include <future>
#include <thread>

#include <gmock/gmock.h>

#include "base/config/node.hpp"
#include "extensions/providers/aws_role.hpp"
#include "extensions/providers/bedrock.hpp"
#include "io/http/egress.hpp"
#include "io/http/server.hpp"
#include "io/loop/runtime.hpp"
#include "tests/support/http_await.hpp"
#include "tests/support/temp_directory.hpp"

namespace millwright::extensions {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr std::string_view file = R"(# keys
[default]
aws_access_key_id = AKIDDEFAULT
aws_secret_access_key=s=1
; more
[ team ]
AWS_ACCESS_KEY_ID = AKIDTEAM
aws_secret_access_key = s2
aws_session_token = t2
region = eu-west-1
[half]
aws_access_key_id = AKIDHALF
)";

class HandClock final : public Clock {
 public:
  [[nodiscard]] Timestamp now() const override { return from_micros(micros_.load()); }
  void advance(std::chrono::seconds time) { micros_ += time.count() * 1'000'000; }

 private:
  std::atomic<std::int64_t> micros_{1'763'900'000'000'000};  // 2025-11-23T12:13:20Z
};

std::string id_of(const Result<AwsCredentials>& keys) {
  return keys ? keys->access_key_id + "/" + keys->session_token : keys.error().message;
}

/// What stands at the addresses of this link: a metadata service that takes IMDSv2 alone, and a container's endpoint.
class Link {
 public:
  Link() : server(runtime, {}, [this](io::http::Exchange& exchange) { return answer(exchange); }) {
    runtime.start();
    EXPECT_TRUE(server.start());
    guard.replace_rules({{"127.0.0.1", server.port(), true}});
    client = std::make_unique<io::http::Client>(runtime, guard);
  }
  ~Link() {
    server.stop(Duration(100));
    runtime.stop();
  }
  [[nodiscard]] std::string url(std::string_view path = {}) const {
    return fmt::format("http://127.0.0.1:{}{}", server.port(), path);
  }
  [[nodiscard]] Result<AwsCredentialSource> make(std::string_view options) {
    config.name = "aws";
    config.options = (*config::parse_yaml(fmt::format("options: {{{}}}", options), "test.yaml"))["options"];
    const auto environment = [this](const char* name) -> const char* {
      const auto found = variables.find(name);
      return found == variables.end() ? nullptr : found->second.c_str();
    };
    return make_aws_credentials({&config, {}, secrets, client.get()}, environment, clock);
  }
  [[nodiscard]] Result<AwsCredentials> load(AwsCredentialSource& source) {
    return test::await_on(runtime.loop(0), source.load(Duration(5'000), nullptr));
  }
  [[nodiscard]] std::string loaded(std::string_view options) {
    auto source = make(options);
    if (!source) return source.error().message;
    return id_of(load(*source));
  }

  io::Runtime runtime{{2, 1}};
  HandClock clock;
  io::http::EgressGuard guard;
  std::unique_ptr<io::http::Client> client;
  gateway::ProviderConfig config;
  std::map<std::string, std::string, std::less<>> variables, secrets;
  std::atomic<int> roles{0}, status{200};
  std::mutex mutex;
  std::string authorization;  // of the last call of a container
  io::http::Server server;

 private:
  io::Task<void> answer(io::http::Exchange& exchange) {
    const auto& request = exchange.request();
    io::http::Response response;
    const bool has_session = request.headers.find("x-aws-ec2-metadata-token") == "session-1";
    if (request.method == io::http::Method::Put && request.path == "/latest/api/token") {
      response.body = request.headers.has("x-aws-ec2-metadata-token-ttl-seconds") ? "session-1" : "";
    } else if (request.path.starts_with("/latest/") && !has_session) {
      response.status = 401;
    } else if (request.path.ends_with("/security-credentials/")) {
      response.body = "factory-role\nother-role";
    } else {
      const auto number = ++roles;
      const std::scoped_lock lock(mutex);
      authorization = request.headers.find("authorization");
      const auto end = clock.now() + std::chrono::seconds(3'600);
      response.status = static_cast<std::uint16_t>(status.load());
      response.body = fmt::format(
          R"({{"Code":"Success","AccessKeyId":"ASIA{}","SecretAccessKey":"hidden","Token":"{}","Expiration":"{}"}})",
          number, request.path, render_time(end));
    }
    auto sent = co_await exchange.send(std::move(response));
    (void)sent;
  }
};

TEST(AwsProfile, IsReadAsTheToolsOfAwsReadIt) {
  EXPECT_EQ(*parse_aws_profile(file, "default"), (AwsCredentials{"AKIDDEFAULT", "s=1", ""}));
  EXPECT_EQ(*parse_aws_profile(file, "team"), (AwsCredentials{"AKIDTEAM", "s2", "t2"}));
  EXPECT_THAT(parse_aws_profile(file, "half").error().message, HasSubstr("no aws_access_key_id and"));
  EXPECT_THAT(parse_aws_profile(file, "nobody").error().message, HasSubstr("no profile \"nobody\""));
  EXPECT_THAT(parse_aws_profile(file, "half").error().message, Not(HasSubstr("AKID")));
  EXPECT_FALSE(parse_aws_profile("[", ""));
}

TEST(AwsCredentials, ComeFromTheEnvironmentOrAProfile) {
  Link link;
  EXPECT_THAT(link.loaded("credentials: environment"), HasSubstr("AWS_ACCESS_KEY_ID"));
  link.variables = {{"AWS_ACCESS_KEY_ID", "AKIDENV"}, {"AWS_SECRET_ACCESS_KEY", "s"}, {"AWS_SESSION_TOKEN", "t"}};
  EXPECT_EQ(link.loaded("credentials: environment"), "AKIDENV/t");
  const test::TempDirectory directory;
  const auto path = (directory.path() / "credentials").string();
  std::ofstream(path) << file;
  link.variables = {{"AWS_SHARED_CREDENTIALS_FILE", path}, {"AWS_PROFILE", "team"}};
  EXPECT_EQ(link.loaded("credentials: profile"), "AKIDTEAM/t2");
  EXPECT_EQ(link.loaded("credentials: profile, profile: default"), "AKIDDEFAULT/");
  EXPECT_THAT(link.loaded("credentials: profile, profile: nobody"), HasSubstr("nobody"));
  EXPECT_THAT(link.loaded("credentials: profile, credentials_file: /none"), HasSubstr("cannot be read"));
}

TEST(AwsCredentials, OfAProfileAreReadAnewAsTheFileChanges) {
  Link link;
  const test::TempDirectory directory;
  const auto path = (directory.path() / "credentials").string();
  std::ofstream(path) << file;
  auto source = link.make("credentials: profile, credentials_file: " + path);
  ASSERT_TRUE(source) << source.error().message;
  EXPECT_EQ(id_of(link.load(*source)), "AKIDDEFAULT/");
  std::ofstream(path) << "[default]\naws_access_key_id=AKIDNEW\naws_secret_access_key=s\n";
  EXPECT_EQ(id_of(link.load(*source)), "AKIDDEFAULT/");
  link.clock.advance(std::chrono::minutes(11));
  EXPECT_EQ(id_of(link.load(*source)), "AKIDNEW/");
  EXPECT_TRUE(source->forget({"AKIDNEW", "s", ""})) << "AWS took them no longer: they are read at once";
}

TEST(AwsCredentials, OfAnInstanceComeByASessionOfTheMetadataService) {
  Link link;
  auto source = link.make(fmt::format(R"(credentials: instance, credentials_endpoint: "{}")", link.url()));
  ASSERT_TRUE(source) << source.error().message;
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(id_of(link.load(*source)), "ASIA1//latest/meta-data/iam/security-credentials/factory-role");
  }
  EXPECT_EQ(link.roles, 1);
  link.clock.advance(std::chrono::seconds(3'400));
  EXPECT_THAT(id_of(link.load(*source)), HasSubstr("ASIA1/")) << "they serve while they are renewed";
  while (link.roles < 2) std::this_thread::yield();
  while (!id_of(link.load(*source)).starts_with("ASIA2/")) std::this_thread::yield();
  link.status = 404;
  link.clock.advance(std::chrono::seconds(7'200));
  const auto failed = link.load(*source);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, ErrorCode::UpstreamFailed);
  ASSERT_EQ(source->origins().size(), 1u);
  EXPECT_EQ(source->origins().front().port, link.server.port());
}

TEST(AwsCredentials, OfAContainerComeFromWhereTheEnvironmentSays) {
  Link link;
  link.variables = {{"AWS_CONTAINER_CREDENTIALS_FULL_URI", link.url("/v1/credentials?x=1")},
                    {"AWS_CONTAINER_AUTHORIZATION_TOKEN", "Basic abc"}};
  EXPECT_EQ(link.loaded("credentials: container"), "ASIA1//v1/credentials");
  EXPECT_EQ(link.authorization, "Basic abc");
  const test::TempDirectory directory;
  const auto path = (directory.path() / "token").string();
  std::ofstream(path) << "from-file\n";
  link.variables["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"] = path;
  EXPECT_THAT(link.loaded("credentials: container"), HasSubstr("ASIA2"));
  EXPECT_EQ(link.authorization, "from-file");
  link.variables = {{"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/v2/credentials/x"}};
  const auto ecs = link.make("credentials: container");
  ASSERT_TRUE(ecs) << ecs.error().message;
  EXPECT_EQ(ecs->origins().at(0).authority(), "169.254.170.2");
  link.variables = {{"AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://evil.example/x"}};
  EXPECT_THAT(link.loaded("credentials: container"), HasSubstr("without TLS"));
  link.variables.clear();
  EXPECT_THAT(link.loaded("credentials: container"), HasSubstr("names no endpoint"));
}

TEST(AwsCredentials, AddressesOfTheLinkAreOpenedOnlyWhereARoleIsConfigured) {
  const auto origins = [](const std::string& options, std::map<std::string, std::string, std::less<>> secrets) {
    Link link;
    link.config.origin = *io::http::Origin::parse("https://bedrock-runtime.us-east-1.amazonaws.com");
    link.config.options = (*config::parse_yaml("options: {" + options + "}", "test.yaml"))["options"];
    const auto made = make_bedrock({&link.config, {}, std::move(secrets), link.client.get()});
    std::string hosts = made ? "" : made.error().message;
    for (const auto& origin : made ? (*made)->further_origins() : std::vector<io::http::Origin>())
      hosts += origin.host + " ";
    return hosts;
  };
  EXPECT_EQ(origins("region: eu-west-1", {{"access_key_id", "a"}, {"secret_access_key", "b"}}),
            "bedrock-runtime.eu-west-1.amazonaws.com ");
  EXPECT_EQ(origins("region: eu-west-1, credentials: instance", {}),
            "bedrock-runtime.eu-west-1.amazonaws.com 169.254.169.254 ");
}

TEST(AwsCredentials, AreConfiguredInOneWay) {
  Link link;
  EXPECT_THAT(link.loaded("credentials: magic"), HasSubstr("magic"));
  EXPECT_THAT(link.loaded("credentials: environment, profile: x"), HasSubstr("credentials: profile"));
  link.secrets = {{"access_key_id", "a"}};
  EXPECT_THAT(link.loaded("credentials: instance"), HasSubstr("exclude each other"));
}

TEST(RoleCredentials, AreWholeOrNone) {
  EXPECT_TRUE(parse_role_credentials(
      R"({"AccessKeyId":"a","SecretAccessKey":"b","Token":"c","Expiration":"2026-01-01T00:00:00Z"})"));
  for (const auto* body : {"", "{}", "[]", R"({"Code":"AssumeRoleUnauthorizedAccess","Message":"no"})",
                           R"({"AccessKeyId":"a","SecretAccessKey":"b","Token":"c"})",
                           R"({"AccessKeyId":"a","SecretAccessKey":"b","Token":"c","Expiration":"soon"})"}) {
    const auto parsed = parse_role_credentials(body);
    ASSERT_FALSE(parsed) << body;
    EXPECT_EQ(parsed.error().code, ErrorCode::UpstreamFailed);
  }
}

}  // namespace
}  // namespace millwright::extensions
