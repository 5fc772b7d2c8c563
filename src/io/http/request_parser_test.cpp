#include "io/http/request_parser.hpp"

#include <random>

#include <gtest/gtest.h>

namespace millwright::io::http {
namespace {

constexpr RequestLimits limits{.header_bytes_max = 1024, .body_bytes_max = 64, .field_count_max = 16};

struct Parsed {
  RequestParser::Step step = RequestParser::Step::NeedMore;
  Rejection rejection;
  Request request;
  bool is_keep_alive = false;
};

/// As a connection does: what is not taken is given again with more.
Parsed parse(std::string_view bytes, std::size_t piece) {
  Parsed parsed;
  RequestParser parser(parsed.request, limits);
  std::size_t begin = 0;
  for (std::size_t end = 0; parsed.step == RequestParser::Step::NeedMore && end < bytes.size();) {
    end = std::min(bytes.size(), end + piece);
    std::size_t taken = 0;
    parsed.step = parser.feed(bytes.substr(begin, end - begin), taken);
    begin += taken;
  }
  parsed.rejection = parser.rejection();
  if (parsed.step == RequestParser::Step::Complete) parsed.is_keep_alive = parser.is_keep_alive();
  return parsed;
}

Parsed parse(std::string_view bytes) { return parse(bytes, bytes.size() + 1); }

std::string with(std::string_view lines, std::string_view rest = "") {
  return "POST /x HTTP/1.1\r\nHost: a\r\n" + std::string(lines) + "\r\n" + std::string(rest);
}

struct Case {
  const char* name;
  std::string bytes;
  unsigned status;
  const char* code;
};

std::vector<Case> hostile_requests() {
  using namespace std::string_literals;
  return {
      {"length and coding", with("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"), 400,
       "bad_transfer_encoding"},
      {"coding and length", with("Transfer-Encoding: chunked\r\nContent-Length: 3\r\n", "0\r\n\r\n"), 400,
       "bad_content_length"},
      {"two equal lengths", with("Content-Length: 2\r\nContent-Length: 2\r\n", "{}"), 400, "bad_content_length"},
      {"two lengths", with("Content-Length: 2\r\nContent-Length: 3\r\n", "{}"), 400, "bad_content_length"},
      {"list of lengths", with("Content-Length: 2, 2\r\n", "{}"), 400, "bad_content_length"},
      {"empty length", with("Content-Length: \r\n", "{}"), 400, "bad_content_length"},
      {"signed length", with("Content-Length: +2\r\n", "{}"), 400, "bad_content_length"},
      {"negative length", with("Content-Length: -1\r\n"), 400, "bad_content_length"},
      {"hex length", with("Content-Length: 0x2\r\n", "{}"), 400, "bad_content_length"},
      {"length with blank", with("Content-Length: 1 2\r\n", "{}"), 400, "bad_content_length"},
      {"length overflow", with("Content-Length: 99999999999999999999\r\n"), 400, "bad_content_length"},
      {"coding gzip", with("Transfer-Encoding: gzip\r\n"), 400, "bad_transfer_encoding"},
      {"coding gzip, chunked", with("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n"), 400,
       "bad_transfer_encoding"},
      {"coding ,chunked", with("Transfer-Encoding: ,chunked\r\n", "0\r\n\r\n"), 400, "bad_transfer_encoding"},
      {"coding chunked twice", with("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"),
       400, "bad_transfer_encoding"},
      {"coding chunked, chunked", with("Transfer-Encoding: chunked, chunked\r\n", "0\r\n\r\n"), 400,
       "bad_transfer_encoding"},
      {"coding quoted", with("Transfer-Encoding: \"chunked\"\r\n", "0\r\n\r\n"), 400, "bad_transfer_encoding"},
      {"coding with vertical tab", with("Transfer-Encoding: \vchunked\r\n", "0\r\n\r\n"), 400, "bad_header_value"},
      {"coding in HTTP/1.0", "POST /x HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400,
       "bad_transfer_encoding"},
      {"folded value", with("X-A: b\r\n c\r\n"), 400, "folded_header"},
      {"folded with tab", with("X-A: b\r\n\tc\r\n"), 400, "folded_header"},
      {"folded after nothing", with("X-A:\r\n b\r\n"), 400, "folded_header"},
      {"folded into nothing", with("X-A: b\r\n \r\n"), 400, "folded_header"},
      {"folded coding", with("Transfer-Encoding:\r\n chunked\r\n", "0\r\n\r\n"), 400, "folded_header"},
      {"folded first line", "GET / HTTP/1.1\r\n Host: a\r\n\r\n", 400, "bad_header_name"},
      {"bare line feeds", "GET / HTTP/1.1\nHost: a\n\n", 400, "bad_line_ending"},
      {"bare line feed after a value", "GET / HTTP/1.1\r\nHost: a\nX: b\r\n\r\n", 400, "bad_line_ending"},
      {"bare carriage return", "GET / HTTP/1.1\r\nHost: a\rX: b\r\n\r\n", 400, "bad_line_ending"},
      {"NUL in a value", "GET / HTTP/1.1\r\nHost: a\r\nX: b\0c\r\n\r\n"s, 400, "bad_header_value"},
      {"NUL in a name", "GET / HTTP/1.1\r\nHost: a\r\nX\0: b\r\n\r\n"s, 400, "bad_header_name"},
      {"blank before the colon", with("Content-Length : 2\r\n", "{}"), 400, "bad_header_name"},
      {"tab before the colon", with("X-A\t: 2\r\n"), 400, "bad_header_name"},
      {"no colon", with("X-A\r\n"), 400, "bad_header_name"},
      {"empty name", with(": a\r\n"), 400, "bad_header_name"},
      {"name outside ASCII", with("X-\xC3\xA4: a\r\n"), 400, "bad_header_name"},
      {"no host", "GET / HTTP/1.1\r\nX: y\r\n\r\n", 400, "bad_host"},
      {"two hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400, "bad_host"},
      {"host with a path", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400, "bad_host"},
      {"host with a query", "GET / HTTP/1.1\r\nHost: a?b\r\n\r\n", 400, "bad_host"},
      {"host with a user", "GET / HTTP/1.1\r\nHost: u@a\r\n\r\n", 400, "bad_host"},
      {"host list", "GET / HTTP/1.1\r\nHost: a, b\r\n\r\n", 400, "bad_host"},
      {"empty host", "GET / HTTP/1.1\r\nHost:\r\n\r\n", 400, "bad_host"},
      {"dot segments", "GET /a/../b HTTP/1.1\r\nHost: a\r\n\r\n", 400, "bad_request_target"},
      {"encoded dot segments", "GET /a/%2e%2e/b HTTP/1.1\r\nHost: a\r\n\r\n", 400, "bad_request_target"},
      {"bad escape", "GET /%g0 HTTP/1.1\r\nHost: a\r\n\r\n", 400, "bad_request_target"},
      {"absolute target", "GET http://b/ HTTP/1.1\r\nHost: a\r\n\r\n", 400, "bad_request_target"},
      {"authority target", "CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n", 400, "bad_request_target"},
      {"control in the target", "GET /\x01 HTTP/1.1\r\nHost: a\r\n\r\n", 400, "bad_request_target"},
      {"two blanks", "GET  / HTTP/1.1\r\nHost: a\r\n\r\n", 400, "bad_request_target"},
      {"no version", "GET /\r\nHost: a\r\n\r\n", 400, "bad_request_target"},
      {"HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505, "bad_http_version"},
      {"HTTP/1.2", "GET / HTTP/1.2\r\nHost: a\r\n\r\n", 505, "bad_http_version"},
      {"lower-case version", "GET / http/1.1\r\nHost: a\r\n\r\n", 505, "bad_http_version"},
      {"blank after the version", "GET / HTTP/1.1 \r\nHost: a\r\n\r\n", 505, "bad_http_version"},
      {"blank first", " GET / HTTP/1.1\r\nHost: a\r\n\r\n", 400, "bad_request_line"},
      {"TLS hello", "\x16\x03\x01\x02\x05\x01\x02\x03", 400, "bad_request_line"},
      {"chunk size with 0x", with("Transfer-Encoding: chunked\r\n", "0x5\r\nhello\r\n0\r\n\r\n"), 400, "bad_chunk"},
      {"chunk size with plus", with("Transfer-Encoding: chunked\r\n", "+5\r\nhello\r\n0\r\n\r\n"), 400, "bad_chunk"},
      {"chunk size with blank first", with("Transfer-Encoding: chunked\r\n", " 5\r\nhello\r\n0\r\n\r\n"), 400,
       "bad_chunk"},
      {"chunk size with underscore", with("Transfer-Encoding: chunked\r\n", "1_0\r\nhello\r\n0\r\n\r\n"), 400,
       "bad_chunk"},
      {"chunk size empty", with("Transfer-Encoding: chunked\r\n", "\r\nhello\r\n0\r\n\r\n"), 400, "bad_chunk"},
      {"chunk size overflow", with("Transfer-Encoding: chunked\r\n", "fffffffffffffffff\r\nhello\r\n"), 400,
       "bad_chunk"},
      {"chunk longer than its size", with("Transfer-Encoding: chunked\r\n", "3\r\nhello\r\n0\r\n\r\n"), 400,
       "bad_chunk"},
      {"chunk extension broken", with("Transfer-Encoding: chunked\r\n", "5;=x\r\nhello\r\n0\r\n\r\n"), 400,
       "bad_chunk"},
      {"chunk line with bare line feed", with("Transfer-Encoding: chunked\r\n", "5\nhello\r\n0\r\n\r\n"), 400,
       "bad_chunk"},
      {"chunk extension with bare line feed", with("Transfer-Encoding: chunked\r\n", "5;\nhello\r\n0\r\n\r\n"), 400,
       "bad_chunk"},
      {"unknown expectation", with("Expect: miracles\r\nContent-Length: 2\r\n"), 417, "bad_expectation"},
      {"body too long", with("Content-Length: 65\r\n"), 413, "body_too_large"},
      {"chunks too long", with("Transfer-Encoding: chunked\r\n", "41\r\n" + std::string(65, 'x')), 413,
       "body_too_large"},
      {"head too long", with("X-A: " + std::string(2000, 'a') + "\r\n"), 431, "header_too_large"},
      {"target too long", "GET /" + std::string(2000, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n", 431, "header_too_large"},
      {"endless head", "GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(2000, 'a'), 431, "header_too_large"},
      {"too many fields", with([] {
         std::string lines;
         for (int i = 0; i < 20; ++i) lines += "X: y\r\n";
         return lines;
       }()), 431, "header_too_large"},
  };
}

TEST(RequestParser, RefusesWhatTwoParsersMayReadDifferently) {
  for (const Case& each : hostile_requests()) {
    for (const std::size_t piece : {each.bytes.size(), std::size_t{1}, std::size_t{7}}) {
      const Parsed parsed = parse(each.bytes, piece);
      ASSERT_EQ(parsed.step, RequestParser::Step::Rejected) << each.name << " in pieces of " << piece;
      EXPECT_EQ(parsed.rejection.status, each.status) << each.name << " in pieces of " << piece;
      EXPECT_EQ(parsed.rejection.code, each.code) << each.name << " in pieces of " << piece;
      EXPECT_FALSE(parsed.rejection.message.empty());
    }
  }
}

TEST(RequestParser, ReadsBodiesHoweverTheyAreCut) {
  const struct {
    std::string bytes;
    std::string body;
  } cases[] = {
      {with("Content-Length: 5\r\n", "hello"), "hello"},
      {with("Content-Length: 0\r\n"), ""},
      {with(""), ""},
      {with("Transfer-Encoding: chunked\r\n", "5\r\nhello\r\n6;a=b;c=\"d\"\r\n world\r\n0\r\nTrailer: x\r\n\r\n"),
       "hello world"},
      {with("Transfer-Encoding: Chunked\r\n", "00005\r\nhello\r\n000\r\n\r\n"), "hello"},
      {with("Transfer-Encoding: chunked\r\n", "0\r\n\r\n"), ""},
      {with("Transfer-Encoding: chunked\r\n", "0\r\nTrailer: x\r\n\r\n"), ""},
  };
  for (const auto& each : cases) {
    for (std::size_t piece = 1; piece <= each.bytes.size(); ++piece) {
      const Parsed parsed = parse(each.bytes, piece);
      ASSERT_EQ(parsed.step, RequestParser::Step::Complete) << each.bytes << " in pieces of " << piece;
      ASSERT_EQ(parsed.request.body, each.body);
      ASSERT_EQ(parsed.request.headers.has("Trailer"), false) << "trailers are not headers";
    }
  }
}

TEST(RequestParser, LeavesTheNextRequestAlone) {
  Request request;
  RequestParser parser(request, limits);
  const std::string first = with("Content-Length: 2\r\n", "{}");
  std::size_t taken = 0;
  ASSERT_EQ(parser.feed(first + "GET /next HTTP/1.1\r\n", taken), RequestParser::Step::Complete);
  EXPECT_EQ(taken, first.size());
}

TEST(RequestParser, KnowsWhetherTheConnectionGoesOn) {
  EXPECT_TRUE(parse("GET / HTTP/1.1\r\nHost: a\r\n\r\n").is_keep_alive);
  EXPECT_FALSE(parse("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").is_keep_alive);
  EXPECT_FALSE(parse("GET / HTTP/1.0\r\n\r\n").is_keep_alive);
  EXPECT_TRUE(parse("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").is_keep_alive);
}

TEST(RequestParser, ExpectsContinueOnlyBeforeABody) {
  Request request;
  RequestParser parser(request, limits);
  std::size_t taken = 0;
  ASSERT_EQ(parser.feed(with("Expect: 100-continue\r\nContent-Length: 2\r\n"), taken), RequestParser::Step::NeedMore);
  EXPECT_TRUE(parser.waits_for_continue());
  ASSERT_EQ(parser.feed("{", taken), RequestParser::Step::NeedMore);
  EXPECT_FALSE(parser.waits_for_continue());
}

}  // namespace
}  // namespace millwright::io::http
