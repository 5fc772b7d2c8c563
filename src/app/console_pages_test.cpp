#include "app/console_pages.hpp"

#include <array>
#include <set>
#include <string>

#include <gtest/gtest.h>

namespace millwright::app {
namespace {

using io::http::Method;
using io::http::Request;

constexpr unsigned char index_bytes[] = "<meta content=\"__CSP_NONCE__\"><i>__CSP_NONCE__</i>";
constexpr unsigned char script_bytes[] = "plain script";
constexpr unsigned char packed_bytes[] = "packed script";
constexpr unsigned char icon_bytes[] = "<svg/>";

constexpr std::array<ConsoleAsset, 4> assets{{
    {"/assets/a-1.js", "text/javascript; charset=utf-8", "\"plain\"", false, script_bytes, sizeof script_bytes - 1},
    {"/assets/a-1.js", "text/javascript; charset=utf-8", "\"packed\"", true, packed_bytes, sizeof packed_bytes - 1},
    {"/icon.svg", "image/svg+xml", "\"icon\"", false, icon_bytes, sizeof icon_bytes - 1},
    {"/index.html", "text/html; charset=utf-8", "\"index\"", false, index_bytes, sizeof index_bytes - 1},
}};

Request get(std::string path, io::http::Headers headers = {}) {
  Request request;
  request.target = path;
  request.path = std::move(path);
  request.headers = std::move(headers);
  return request;
}

TEST(ConsolePages, WhoAnswersAPath) {
  enum class Answer { Page, File, Nobody };
  struct Case {
    Method method;
    const char* path;
    Answer answer;
  };
  const Case cases[] = {
      {Method::Get, "/", Answer::Page},
      {Method::Get, "/index.html", Answer::Page},
      {Method::Head, "/", Answer::Page},
      {Method::Get, "/traces/0192", Answer::Page},
      {Method::Get, "/use-cases/help.desk", Answer::Page},
      {Method::Get, "/apiary", Answer::Page},
      {Method::Get, "/assets/a-1.js", Answer::File},
      {Method::Get, "/icon.svg", Answer::File},
      {Method::Get, "/assets/gone.js", Answer::Nobody},
      {Method::Get, "/assets/", Answer::Nobody},
      {Method::Get, "/favicon.ico", Answer::Nobody},
      {Method::Get, "/api", Answer::Nobody},
      {Method::Get, "/api/v1/nothing", Answer::Nobody},
      {Method::Get, "/v1/models", Answer::Nobody},
      {Method::Get, "/healthz", Answer::Nobody},
      {Method::Get, "/openapi.json", Answer::Nobody},
      {Method::Post, "/", Answer::Nobody},
      {Method::Options, "/traces", Answer::Nobody},
      {Method::Get, "", Answer::Nobody},
      {Method::Get, "*", Answer::Nobody},
  };
  for (const auto& item : cases) {
    SCOPED_TRACE(item.path);
    auto request = get(item.path);
    request.method = item.method;
    const auto response = console_page_from(assets, request);
    if (item.answer == Answer::Nobody) {
      EXPECT_FALSE(response.has_value());
      continue;
    }
    ASSERT_TRUE(response.has_value());
    EXPECT_EQ(response->status, 200);
    EXPECT_EQ(response->headers.find("cache-control") == "no-store", item.answer == Answer::Page);
    EXPECT_EQ(response->headers.find("x-content-type-options"), "nosniff");
  }
}

TEST(ConsolePages, GzipOnlyForThoseWhoAcceptIt) {
  const std::pair<const char*, bool> cases[] = {
      {"", false},          {"gzip", true},           {"br, GZIP", true},        {"gzip;q=0", false},
      {"gzip; q=0.0", false}, {"gzip;q=0.5", true},   {"*", true},               {"*;q=0", false},
      {"br", false},        {"gzip;q=0, *", false},   {"deflate, x-gzip", true}, {";,;q=,", false}};
  for (const auto& [header, is_packed] : cases) {
    SCOPED_TRACE(header);
    const auto response = console_page_from(assets, get("/assets/a-1.js", {{"Accept-Encoding", header}}));
    ASSERT_TRUE(response.has_value());
    EXPECT_EQ(response->body, is_packed ? "packed script" : "plain script");
    EXPECT_EQ(response->headers.find("content-encoding"), is_packed ? "gzip" : "");
    EXPECT_EQ(response->headers.find("etag"), is_packed ? "\"packed\"" : "\"plain\"");
    EXPECT_EQ(response->headers.find("vary"), "accept-encoding");
    EXPECT_EQ(response->headers.find("cache-control"), "public, max-age=31536000, immutable");
  }
}

TEST(ConsolePages, AKnownEtagIsAnsweredWithoutABody) {
  const std::pair<const char*, bool> cases[] = {{"\"plain\"", true},   {"W/\"plain\"", true}, {"\"x\", \"plain\"", true},
                                                {"*", true},           {"\"packed\"", false}, {"plain", false},
                                                {"\"plain", false}};
  for (const auto& [header, is_known] : cases) {
    SCOPED_TRACE(header);
    const auto response = console_page_from(assets, get("/assets/a-1.js", {{"If-None-Match", header}}));
    ASSERT_TRUE(response.has_value());
    EXPECT_EQ(response->status, is_known ? 304 : 200);
    EXPECT_EQ(response->body.empty(), is_known);
  }
}

TEST(ConsolePages, EachPageHasItsOwnNonceInPolicyAndText) {
  std::set<std::string> nonces;
  for (int i = 0; i < 8; ++i) {
    const auto response = console_page_from(assets, get("/"));
    ASSERT_TRUE(response.has_value());
    const std::string policy(response->headers.find("content-security-policy"));
    const auto start = policy.find("'nonce-");
    ASSERT_NE(start, std::string::npos);
    const auto nonce = policy.substr(start + 7, policy.find('\'', start + 7) - start - 7);
    EXPECT_EQ(nonce.size(), 24u);
    EXPECT_EQ(response->body, "<meta content=\"" + nonce + "\"><i>" + nonce + "</i>");
    EXPECT_EQ(policy.find("unsafe"), std::string::npos);
    EXPECT_NE(policy.find("frame-ancestors 'none'"), std::string::npos);
    nonces.insert(nonce);
  }
  EXPECT_EQ(nonces.size(), 8u);
}

TEST(ConsolePages, WithoutAConsoleAPlainPageStandsIn) {
  const auto response = console_page_from({}, get("/setup"));
  ASSERT_TRUE(response.has_value());
  EXPECT_NE(response->body.find("carries no web console"), std::string::npos);
  EXPECT_EQ(response->body.find("__CSP_NONCE__"), std::string::npos);
}

}  // namespace
}  // namespace millwright::app
