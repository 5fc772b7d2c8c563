// A trace survives its line of JSON; whatever is in it, the line is valid.
#include "features/telemetry/trace.hpp"

#include <gtest/gtest.h>

#include "base/text.hpp"
#include "features/telemetry/json_writer.hpp"

namespace millwright::telemetry {
namespace {

Trace full_trace() {
  Trace trace;
  trace.id = *Id::parse("0193a5b2c3d47e8f9012345678abcdef");
  trace.start = *parse_time("2026-11-23T13:00:06.123456Z");
  trace.duration_us = 81'234;
  trace.first_token_us = 912;
  trace.status = TraceStatus::Refused;
  trace.http_status = 403;
  trace.error_code = "policy_refused";
  trace.error_message = "rule F20 says \"no\"\n";
  trace.surface = "chat.stream";
  trace.use_case = "helpdesk";
  trace.user = "zoë";
  trace.model = "small";
  trace.is_streamed = true;
  trace.is_unpriced = true;
  trace.attempts = 2;
  trace.tokens = {1, 2, 3, 4, 5};
  trace.cost = Money::from_nano(20'001);
  trace.saved = Money::from_nano(1'500'000'000);
  trace.documents = {{"doc", "3", "c1", "Title \\ \"quoted\"", 0.125, true}};
  trace.decisions = {{"budget", "allow", "use_case/helpdesk", R"({"limit":"50","left":1.5,"list":[1,null,true]})"},
                     {"route", "fallback", "", "not { json"}};
  trace.spans = {{"admission", 0, 120, -1, ""}, {"provider acme", 130, 80'000, 0, R"({"status":200})"}};
  return trace;
}

std::string line_of(const Trace& trace) {
  std::string out;
  append_json(out, trace);
  return out;
}

TEST(TraceTest, WhatSaysNothingNeedNotBeKept) {
  Trace plain;
  plain.id = Id::generate();
  plain.use_case = "desk";
  plain.tokens.output = 7;
  for (const Trace& before : {plain, full_trace()}) {
    std::string kept;
    append_json(kept, before, TraceMembers::Told);
    const auto after = parse_trace(kept);
    ASSERT_TRUE(after) << describe(after.error());
    EXPECT_EQ(line_of(*after), line_of(before));
    EXPECT_LE(kept.size(), line_of(before).size());
  }
}

TEST(TraceTest, IsReadBackAsWritten) {
  const Trace before = full_trace();
  const auto after = parse_trace(line_of(before));
  ASSERT_TRUE(after) << describe(after.error());
  EXPECT_EQ(line_of(*after), line_of(before));
  EXPECT_EQ(after->id, before.id);
  EXPECT_EQ(after->start, before.start);
  EXPECT_EQ(after->status, TraceStatus::Refused);
  EXPECT_EQ(after->error_message, before.error_message);
  EXPECT_EQ(after->tokens, before.tokens);
  EXPECT_EQ(after->cost, before.cost);
  EXPECT_EQ(after->saved, before.saved);
  EXPECT_EQ(after->decisions[0].evidence, before.decisions[0].evidence);
  EXPECT_EQ(after->decisions[1].evidence, before.decisions[1].evidence);
  EXPECT_EQ(after->spans[1].parent, 0);
  EXPECT_EQ(after->spans[0].parent, -1);
  EXPECT_DOUBLE_EQ(after->documents[0].score, 0.125);
}

TEST(TraceTest, TheLineBeginsWithTheIdAndIsOneLine) {
  const std::string line = line_of(full_trace());
  EXPECT_TRUE(line.starts_with(R"({"id":"0193a5b2c3d47e8f9012345678abcdef")")) << line;
  EXPECT_EQ(line.find('\n'), std::string::npos);
  EXPECT_NE(line.find(R"("cost_usd":"0.000020001")"), std::string::npos) << line;
}

TEST(TraceTest, IsValidJsonWhateverIsInIt) {
  const std::vector<std::string> nasty{"\xFF\xFE",   "\xC3",
                                       "a\0b",       "\x01\x1f\x7f",
                                       "\"\\\"",     "\xED\xA0\x80",
                                       "{\"a\":1}x", "{\"a\":}",
                                       "[1,2",       "nul",
                                       "01",         "1e",
                                       "\"\\u12\"",  "{\"a\":\"\xFF\"}",
                                       "{\n}",       std::string(40, '[') + std::string(40, ']')};
  for (const std::string& text : nasty) {
    Trace trace = full_trace();
    trace.use_case = trace.error_message = trace.documents[0].title = text;
    trace.decisions[0].evidence = trace.spans[0].attributes = text;
    trace.documents[0].score = std::numeric_limits<double>::quiet_NaN();
    const std::string line = line_of(trace);
    EXPECT_FALSE(first_invalid_utf8(line)) << text;
    const auto parsed = parse_trace(line);
    ASSERT_TRUE(parsed) << describe(parsed.error()) << "\n" << line;
    EXPECT_EQ(parsed->use_case, to_valid_utf8(text));
  }
}

TEST(TraceTest, RefusesWhatIsNoTrace) {
  for (const char* line :
       {"", "[]", "{}", R"({"id":"x"})", R"({"id":"0193a5b2c3d47e8f9012345678abcdef","start":"soon"})",
        R"({"id":"0193a5b2c3d47e8f9012345678abcdef","start":"2026-11-23T13:00:06Z","status":"odd"})"}) {
    EXPECT_FALSE(parse_trace(line)) << line;
  }
}

TEST(TraceTest, WrongTypesAreNotFatal) {
  const auto trace = parse_trace(
      R"({"id":"0193a5b2c3d47e8f9012345678abcdef","start":"2026-11-23T13:00:06Z","status":"ok",)"
      R"("attempts":"many","tokens":[],"documents":{"a":1},"spans":[1,"x"],"cost_usd":7,"http_status":99999999})");
  ASSERT_TRUE(trace) << describe(trace.error());
  EXPECT_EQ(trace->attempts, 0u);
  EXPECT_EQ(trace->http_status, 65'535u);
  EXPECT_TRUE(trace->spans.empty());
}

TEST(SpanTimerTest, NestsAndCloses) {
  Trace trace;
  trace.start = std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now());
  {
    SpanTimer outer(trace, "outer");
    SpanTimer inner(trace, "inner", outer.index());
    inner.close();
    const std::uint32_t closed = trace.spans[1].duration_us;
    inner.close();
    EXPECT_EQ(trace.spans[1].duration_us, closed);
  }
  ASSERT_EQ(trace.spans.size(), 2u);
  EXPECT_EQ(trace.spans[1].parent, 0);
  EXPECT_GE(trace.spans[0].duration_us, trace.spans[1].duration_us);
}

TEST(JsonWriterTest, KnowsJson) {
  for (const char* yes : {"1", "-0.5e+3", "\"a\\u00e9\"", "null", "{}", "[ ]", R"({"a":[1,{"b":false}]})", " 1 "}) {
    EXPECT_TRUE(is_json_value(yes)) << yes;
  }
  for (const char* no : {"", "01", "1.", ".5", "+1", "'a'", "{a:1}", "[1,]", "{\"a\":1,}", "tru", "1 2", "\"\t\""}) {
    EXPECT_FALSE(is_json_value(no)) << no;
  }
}

}  // namespace
}  // namespace millwright::telemetry
