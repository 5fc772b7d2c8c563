#include "io/http/target.hpp"

#include <gtest/gtest.h>

#include "io/http/message.hpp"

namespace millwright::io::http {
namespace {

TEST(Target, DecodesOnceAndRefusesWhatIsAmbiguous) {
  const struct {
    std::string_view target;
    const char* path;   // nullptr: refused
    const char* query;
  } cases[] = {
      {"/", "/", ""},
      {"/v1/models?limit=2", "/v1/models", "limit=2"},
      {"/a%20b/%C3%A9", "/a b/\xC3\xA9", ""},
      {"/a%2525", "/a%25", ""},
      {"/org%2Fmodel", "/org/model", ""},
      {"/..a/a../a.b/...", "/..a/a../a.b/...", ""},
      {"/?", "/", ""},
      {"/x?a=%zz", "/x", "a=%zz"},
      {"*", "*", ""},
      {"", nullptr, ""},
      {"v1", nullptr, ""},
      {"http://host/path", nullptr, ""},
      {"/a#b", nullptr, ""},
      {"/a%", nullptr, ""},
      {"/a%2", nullptr, ""},
      {"/a%zz", nullptr, ""},
      {"/a%00b", nullptr, ""},
      {"/a%0d%0ab", nullptr, ""},
      {"/a%7f", nullptr, ""},
      {"/%ff", nullptr, ""},
      {"/%c0%af", nullptr, ""},
      {"/\xC3\xA9", nullptr, ""},
      {"/.", nullptr, ""},
      {"/..", nullptr, ""},
      {"/a/../b", nullptr, ""},
      {"/a/./b", nullptr, ""},
      {"/a/%2e%2e/b", nullptr, ""},
      {"/a/.%2E/b", nullptr, ""},
      {"/a%2f..%2fb", nullptr, ""},
      {"/a\\..\\b", nullptr, ""},
  };
  for (const auto& each : cases) {
    std::string path;
    std::string query;
    const Rejection refused = parse_target(each.target, path, query);
    ASSERT_EQ(static_cast<bool>(refused), each.path == nullptr) << each.target << ": " << refused.message;
    if (refused) continue;
    EXPECT_EQ(path, each.path);
    EXPECT_EQ(query, each.query);
  }
}

TEST(Target, HostIsANameAndAPort) {
  for (const char* host : {"a", "a.example.com", "localhost:8080", "127.0.0.1", "127.0.0.1:1", "[::1]", "[::1]:65535",
                           "under_score", "xn--bcher-kva.example"}) {
    EXPECT_FALSE(check_host_header(host)) << host;
  }
  for (const char* host : {"", ":80", "a/b", "a?b", "a#b", "a@b", "user@a:80", "a b", "a\tb", "a,b", "a:", "a:0",
                           "a:65536", "a:8o", "a:80:80", "[::1", "[]", "[::1]x", "[::1]:", "[g::1]", "a%20b", "::1"}) {
    EXPECT_TRUE(check_host_header(host)) << host;
  }
}

TEST(Headers, CompareNamesWithoutCaseAndKeepOrder) {
  Headers headers{{"Content-Type", "a"}, {"x-a", "1"}, {"X-A", "2"}};
  EXPECT_EQ(headers.find("content-type"), "a");
  EXPECT_EQ(headers.find("X-a"), "1");
  EXPECT_EQ(headers.find("missing"), "");
  headers.set("x-a", "3");
  EXPECT_EQ(headers.size(), 2u);
  EXPECT_EQ(headers.find("X-A"), "3");
  headers.remove("CONTENT-TYPE");
  EXPECT_FALSE(headers.has("content-type"));
  EXPECT_FALSE(headers.has("x[a"));
}

TEST(Request, FindsQueryParameters) {
  Request request;
  request.query = "a=1&b=x%20y+z&empty=&flag&a=2&bad=%zz&%63=4";
  EXPECT_EQ(request.query_parameter("a"), "1");
  EXPECT_EQ(request.query_parameter("b"), "x y z");
  EXPECT_EQ(request.query_parameter("empty"), "");
  EXPECT_EQ(request.query_parameter("flag"), "");
  EXPECT_EQ(request.query_parameter("bad"), "%zz");
  EXPECT_EQ(request.query_parameter("c"), "4");
  EXPECT_EQ(request.query_parameter("d"), std::nullopt);
}

}  // namespace
}  // namespace millwright::io::http
