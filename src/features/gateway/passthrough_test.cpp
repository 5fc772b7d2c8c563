#include "features/gateway/passthrough.hpp"

#include <gtest/gtest.h>

namespace millwright::gateway {
namespace {

using enum io::http::Method;

TEST(FindPathFault, LetsPlainPathsPass) {
  for (const auto* path : {"/", "/chat/completions", "/v1beta/models/gemini-2.5-pro:generateContent", "/models/a%20b",
                           "/x/~a,b;c=1@2", "/files/%C3%A4", "/v1.2/a...b"}) {
    EXPECT_EQ(find_path_fault(path), "") << path;
  }
}

TEST(FindPathFault, RefusesWhatTwoServersCouldReadDifferently) {
  for (const auto* path : {"",
                           "chat",
                           "//evil.example/x",
                           "/a//b",
                           "/a/",
                           "/../admin",
                           "/a/./b",
                           "/a/..",
                           "/%2e%2e/admin",
                           "/a%2Fb",
                           "/a%2fb",
                           "/a%5Cb",
                           "/a\\b",
                           "/%252e%252e",
                           "/a%0d%0aX: y",
                           "/a%00",
                           "/a%",
                           "/a%zz",
                           "/a%2",
                           "/a b",
                           "/a\r\nb",
                           "/\xc3\xa4",
                           "/a#b",
                           "/a?b",
                           "http://evil.example/x"}) {
    EXPECT_NE(find_path_fault(path), "") << path;
  }
}

TEST(MatchesPath, OfVerbSegmentsAndTails) {
  EXPECT_TRUE(matches_path("POST /chat/completions", Post, "/chat/completions"));
  EXPECT_FALSE(matches_path("POST /chat/completions", Get, "/chat/completions"));
  EXPECT_FALSE(matches_path("POST /chat/completions", Post, "/chat/completions/x"));
  EXPECT_TRUE(matches_path("/models/*", Get, "/models/a"));
  EXPECT_FALSE(matches_path("/models/*", Get, "/models"));
  EXPECT_FALSE(matches_path("/models/*", Get, "/models/a/b"));
  EXPECT_TRUE(matches_path("POST /models/*:generateContent", Post, "/models/g-1:generateContent"));
  EXPECT_FALSE(matches_path("POST /models/*:generateContent", Post, "/models/g-1:delete"));
  EXPECT_FALSE(matches_path("POST /models/*:generateContent", Post, "/models/:generateContent"));
  EXPECT_TRUE(matches_path("/a*b*c", Get, "/axbbxbc"));
  EXPECT_FALSE(matches_path("/a*b*c", Get, "/abxc"));
  const std::string stars(200, '*'), letters(400, 'a');
  EXPECT_FALSE(matches_path("/" + stars + "b", Get, "/" + letters));
  EXPECT_TRUE(matches_path("/" + stars + "a", Get, "/" + letters));
  EXPECT_TRUE(matches_path("/files/**", Get, "/files/a/b"));
  EXPECT_FALSE(matches_path("/files/**", Get, "/files"));
  EXPECT_FALSE(matches_path("/files/**", Get, "/organization/users"));
}

TEST(RepeatsAMember, WhereverItStands) {
  const auto repeats = [](std::string_view text) { return repeats_a_member(text, parse_json(text).value()); };
  EXPECT_FALSE(repeats(R"({"a":1,"b":{"a":":\":"},"c":[{"a":1},{"a":2}],"d":""})"));
  EXPECT_FALSE(repeats("[]"));
  EXPECT_TRUE(repeats(R"({"a":1,"a":1})"));
  EXPECT_TRUE(repeats(R"([{"x":{"a":1,"b":2,"\u0061":3}}])"));
}

TEST(QueryWithoutSecrets, KeepsTheRestAsItIs) {
  EXPECT_EQ(query_without_secrets("alt=sse&key=mw_1&x=%2F+y"), "alt=sse&x=%2F+y");
  EXPECT_EQ(query_without_secrets("k%65y=mw_1&API_KEY=2&access_token=3"), "");
  EXPECT_EQ(query_without_secrets(""), "");
}

TEST(ForwardedHeaders, CredentialsAndHopsStayBehind) {
  const io::http::Headers received{{"Authorization", "Bearer mw_1"}, {"x-api-key", "mw_1"},
                                   {"X-Goog-Api-Key", "mw_1"},       {"Cookie", "a"},
                                   {"Connection", "close, X-Hop"},   {"X-Hop", "1"},
                                   {"Host", "evil.example"},         {"Transfer-Encoding", "chunked"},
                                   {"X-Forwarded-Host", "evil"},     {"x-millwright-user", "ada"},
                                   {"Accept-Encoding", "gzip"},      {"X-Amz-Date", "1"},
                                   {"anthropic-beta", "x"},          {"Content-Type", "application/json"}};
  const auto sent = forwarded_request_headers(received);
  EXPECT_EQ(sent.size(), 3u);
  EXPECT_EQ(sent.find("anthropic-beta"), "x");
  EXPECT_EQ(sent.find("content-type"), "application/json");
  EXPECT_EQ(sent.find("accept-encoding"), "identity");
  const auto answered = forwarded_response_headers({{"Content-Type", "a"},
                                                    {"Set-Cookie", "b"},
                                                    {"Content-Length", "3"},
                                                    {"x-request-id", "r"},
                                                    {"Keep-Alive", "1"},
                                                    {"x-millwright-cost-usd", "0"}});
  EXPECT_EQ(answered.size(), 2u);
}

}  // namespace
}  // namespace millwright::gateway
