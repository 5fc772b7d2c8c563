#include "extensions/providers/aws_signature.hpp"

#include <gmock/gmock.h>

namespace millwright::extensions {
namespace {

using testing::EndsWith;
using testing::HasSubstr;

const AwsCredentials example{"AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", {}};

struct Vector {
  std::string_view method, host, path, query, content_type, body, service, signature;
};

/// The vectors that AWS has published with its test suite and in its documentation.
TEST(AwsSignature, GivesTheSignaturesThatAwsHasPublished) {
  const std::vector<Vector> vectors{
      {"GET", "example.amazonaws.com", "/", "", "", "", "service",
       "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
      {"POST", "example.amazonaws.com", "", "", "", "", "service",
       "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"},
      {"GET", "example.amazonaws.com", "/", "Param1=value1&Param2=value2", "", "", "service",
       "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"},
      {"POST", "example.amazonaws.com", "/", "", "application/x-www-form-urlencoded", "Param1=value1", "service",
       "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a"},
      {"GET", "iam.amazonaws.com", "/", "Action=ListUsers&Version=2010-05-08",
       "application/x-www-form-urlencoded;  charset=utf-8", "", "iam",
       "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7"},
  };
  for (const auto& vector : vectors) {
    io::http::Headers headers;
    if (!vector.content_type.empty()) headers.add("Content-Type", std::string(vector.content_type));
    sign_aws_request({vector.method, vector.host, vector.path, vector.query, vector.body, "us-east-1", vector.service},
                     example, *parse_time("2015-08-30T12:36:00Z"), headers);
    EXPECT_THAT(std::string(headers.find("authorization")), EndsWith(vector.signature));
    EXPECT_EQ(headers.find("x-amz-date"), "20150830T123600Z");
  }
}

TEST(AwsSignature, APathIsEncodedOnceMoreThanItIsSent) {
  EXPECT_EQ(aws_canonical_path("/model/us.anthropic.claude-sonnet-4-5-20250929-v1%3A0/converse"),
            "/model/us.anthropic.claude-sonnet-4-5-20250929-v1%253A0/converse");
  EXPECT_EQ(aws_canonical_path("/model/arn%3Aaws%3Abedrock%3Aeu-west-1%3A1%3Ainference-profile%2Feu.x-v1%3A0/invoke"),
            "/model/arn%253Aaws%253Abedrock%253Aeu-west-1%253A1%253Ainference-profile%252Feu.x-v1%253A0/invoke");
  EXPECT_EQ(aws_canonical_path(""), "/");
  EXPECT_EQ(aws_canonical_path("/"), "/");
  EXPECT_EQ(aws_canonical_path("/a:b/"), "/a%3Ab/");
}

TEST(AwsSignature, TheTokenOfTemporaryCredentialsIsSentAndSigned) {
  auto credentials = example;
  credentials.session_token = "AQoDYXdzEPT//////////wEXAMPLE==";
  io::http::Headers headers{{"Content-Type", "application/json"}, {"Accept", "application/json"}};
  sign_aws_request({"POST", "h", "/", "", "{}", "eu-central-1", "bedrock"}, credentials,
                   *parse_time("2026-11-24T00:00:00Z"), headers);
  EXPECT_EQ(headers.find("x-amz-security-token"), credentials.session_token);
  EXPECT_THAT(std::string(headers.find("authorization")),
              HasSubstr("Credential=AKIDEXAMPLE/20261124/eu-central-1/bedrock/aws4_request, "
                        "SignedHeaders=content-type;host;x-amz-date;x-amz-security-token, Signature="));
}

TEST(AwsSignature, EverythingThatIsSignedChangesTheSignature) {
  const auto sign = [](std::string_view host, std::string_view path, std::string_view body, std::string_view region) {
    io::http::Headers headers;
    sign_aws_request({"POST", host, path, "", body, region, "bedrock"}, example, *parse_time("2026-11-24T00:00:00Z"),
                     headers);
    const std::string text(headers.find("authorization"));
    return text.substr(text.size() - 64);
  };
  const auto one = sign("bedrock-runtime.us-east-1.amazonaws.com", "/model/a/converse", "{}", "us-east-1");
  EXPECT_NE(sign("vpce-1.bedrock-runtime.us-east-1.vpce.amazonaws.com", "/model/a/converse", "{}", "us-east-1"), one);
  EXPECT_NE(sign("bedrock-runtime.us-east-1.amazonaws.com", "/model/b/converse", "{}", "us-east-1"), one);
  EXPECT_NE(sign("bedrock-runtime.us-east-1.amazonaws.com", "/model/a/converse", "{ }", "us-east-1"), one);
  EXPECT_NE(sign("bedrock-runtime.us-east-1.amazonaws.com", "/model/a/converse", "{}", "us-west-2"), one);
}

TEST(AwsSignature, SigningAgainReplacesWhatWasSigned) {
  io::http::Headers headers{{"X-Amz-Security-Token", "old"}};
  sign_aws_request({"POST", "h", "/", "", "", "r", "s"}, example, *parse_time("2026-11-24T00:00:00Z"), headers);
  sign_aws_request({"POST", "h", "/", "", "", "r", "s"}, example, *parse_time("2026-11-24T00:05:00Z"), headers);
  EXPECT_EQ(headers.size(), 2);
  EXPECT_EQ(headers.find("x-amz-date"), "20261124T000500Z");
}

}  // namespace
}  // namespace millwright::extensions
