#include "io/http/response_parser.hpp"

#include <gtest/gtest.h>

namespace millwright::io::http {
namespace {

struct Parsed {
  std::string body;
  Headers headers;
  bool is_complete = false;
};

/// As a connection does: `piece` bytes more at a time, what is not taken is given again.
Parsed parse(std::string_view bytes, std::size_t piece) {
  Parsed parsed;
  ResponseParser parser(parsed.headers, 1024, BodyOfResponse::Expected);
  std::string held;
  for (std::size_t at = 0; at < bytes.size(); at += piece) {
    held += bytes.substr(at, piece);
    std::size_t taken = 0;
    if (!parser.has_head()) {
      EXPECT_TRUE(parser.feed_head(held, taken));
      held.erase(0, taken);
      if (!parser.has_head()) continue;
    }
    const auto content = parser.feed_body(held.data(), held.size(), taken);
    EXPECT_TRUE(content) << held;
    if (!content) return parsed;
    parsed.body.append(held, 0, *content);
    held.erase(0, taken);
  }
  parsed.is_complete = parser.is_complete();
  return parsed;
}

TEST(ResponseParser, ReadsBodiesHoweverTheyAreCut) {
  const std::string head = "HTTP/1.1 200 OK\r\nX: y\r\n";
  const struct {
    std::string bytes, body;
  } cases[] = {
      {head + "Content-Length: 5\r\n\r\nhello", "hello"},
      {head + "Content-Length: 0\r\n\r\n", ""},
      {head + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n1;a=b\r\n!\r\n0\r\n\r\n", "hello!"},
      {head + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", ""},
      {head + "Transfer-Encoding: chunked\r\n\r\n0\r\nTrailer: x\r\n\r\n", ""},
  };
  for (const auto& each : cases) {
    for (std::size_t piece = 1; piece <= each.bytes.size(); ++piece) {
      const Parsed parsed = parse(each.bytes, piece);
      ASSERT_TRUE(parsed.is_complete) << each.bytes << " in pieces of " << piece;
      ASSERT_EQ(parsed.body, each.body) << piece;
      ASSERT_EQ(parsed.headers.find("x"), "y");
      ASSERT_FALSE(parsed.headers.has("trailer"));
    }
  }
}

}  // namespace
}  // namespace millwright::io::http
