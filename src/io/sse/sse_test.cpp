#include "io/sse/sse.hpp"

#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace millwright::io::sse {
namespace {

std::string render(const std::vector<Event>& events) {
  std::string text;
  for (const Event& event : events) text += "[" + event.name + "|" + event.data + "|" + event.id + "]";
  return text;
}

std::vector<Event> drain(Parser& parser) {
  std::vector<Event> events;
  for (Event event; parser.next(event);) events.push_back(event);
  return events;
}

std::string parse_whole(std::string_view bytes) {
  Parser parser;
  EXPECT_TRUE(parser.feed(bytes));
  return render(drain(parser)) + (parser.has_partial() ? "+" : "");
}

struct Case {
  const char* name;
  std::string_view bytes;
  const char* events;
};

// The examples and rules of WHATWG HTML, section 9.2.6.
const Case cases[] = {
    {"two lines of data", "data: YHOO\ndata: +2\ndata: 10\n\n", "[|YHOO\n+2\n10|]"},
    {"comment, id and bare id", ": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third\n\n",
     "[|first event|1][|second event|][| third|]"},
    {"empty data is an event, no data is none", "data\n\ndata\ndata\n\ndata:", "[||][|\n|]+"},
    {"one space after the colon goes", "data:test\n\ndata: test\n\n", "[|test|][|test|]"},
    {"event names", "event: add\ndata: 1\n\ndata: 2\n\n", "[add|1|][|2|]"},
    {"name without data is forgotten", "event: add\n\ndata: 2\n\n", "[|2|]"},
    {"carriage returns", "data: a\r\rdata: b\r\n\r\ndata: c\n\r", "[|a|][|b|][|c|]"},
    {"byte order mark once", "\xEF\xBB\xBF" "data: a\n\n\xEF\xBB\xBF" "data: b\n\n", "[|a|]"},
    {"half a byte order mark is text", "\xEF\xBB" "data: a\n\ndata: b\n\n", "[|b|]"},
    {"id persists", "id: 7\ndata: a\n\ndata: b\n\n", "[|a|7][|b|7]"},
    {"id with NUL is ignored", std::string_view("id: 1\0\ndata: a\n\n", 16), "[|a|]"},
    {"unknown fields and retry", "retry: 10\nfoo: bar\ndata: a\n\n", "[|a|]"},
    {"unfinished event", "data: a\n\ndata: b\n", "[|a|]+"},
    {"unfinished line", "data: a\n\ndat", "[|a|]+"},
    {"colons in the value", "data: {\"a\":1}\n\n", "[|{\"a\":1}|]"},
};

TEST(SseParser, FollowsTheStandard) {
  for (const Case& each : cases) EXPECT_EQ(parse_whole(each.bytes), each.events) << each.name;
}

TEST(SseParser, EveryCuttingGivesTheSame) {
  std::mt19937 random(20261123);
  for (const Case& each : cases) {
    for (int round = 0; round < 200; ++round) {
      Parser parser;
      std::vector<Event> events;
      for (std::string_view rest = each.bytes; !rest.empty();) {
        const std::size_t size = std::min<std::size_t>(rest.size(), 1 + random() % (round % 7 + 1));
        ASSERT_TRUE(parser.feed(rest.substr(0, size)));
        rest.remove_prefix(size);
        for (Event event; parser.next(event);) events.push_back(event);
      }
      ASSERT_EQ(render(events) + (parser.has_partial() ? "+" : ""), each.events) << each.name << " round " << round;
    }
  }
}

TEST(SseParser, BoundsOneEventNotTheStream) {
  Parser parser(64);
  std::string many;
  for (int i = 0; i < 100; ++i) append_event(many, "", "0123456789");
  ASSERT_TRUE(parser.feed(many));
  EXPECT_EQ(drain(parser).size(), 100u);
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(parser.feed(": a comment without an end of event\n"));
  ASSERT_TRUE(parser.feed("data: 0123456789012345678901234567890123456789\n"));
  const auto refused = parser.feed("data: 0123456789012345678901234567890123456789\n");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::TooLarge);
  EXPECT_FALSE(parser.feed("\n\n")) << "a failed stream stays failed";
}

TEST(SseWriter, SurvivesTheParser) {
  for (const std::string_view data : {"", "one", "one\ntwo", "\n", "trailing\n", "cr\rlf", "crlf\r\nend"}) {
    std::string bytes;
    append_comment(bytes, "ping\npong");
    append_event(bytes, "message", data);
    std::string expected(data);
    for (std::size_t at = 0; (at = expected.find("\r\n")) != std::string::npos;) expected.erase(at, 1);
    for (char& c : expected) c = c == '\r' ? '\n' : c;
    EXPECT_EQ(parse_whole(bytes), "[message|" + expected + "|]");
  }
}

TEST(SseWriter, ANameCannotBreakOut) {
  std::string bytes;
  append_event(bytes, "a\ndata: forged", "x");
  EXPECT_EQ(parse_whole(bytes), "[a data: forged|x|]");
}

}  // namespace
}  // namespace millwright::io::sse
