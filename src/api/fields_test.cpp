#include "api/fields.hpp"

#include <gtest/gtest.h>

namespace millwright::api {
namespace {

io::http::Request with_body(std::string body) {
  io::http::Request request;
  request.body = std::move(body);
  return request;
}

TEST(Body, ReadsWhatIsThere) {
  const auto request = with_body(R"({"name":"a","count":3,"share":0.5,"on":true,"list":["x","y"],"none":null})");
  Body body(request, {"name", "count", "share", "on", "list", "none"});
  EXPECT_EQ(body.text("name"), "a");
  EXPECT_EQ(body.integer("count", 1, 5), 3);
  EXPECT_EQ(body.number("share", 0, 1), 0.5);
  EXPECT_TRUE(body.flag("on"));
  EXPECT_EQ(body.texts("list"), (std::vector<std::string>{"x", "y"}));
  EXPECT_FALSE(body.has("none"));
  EXPECT_TRUE(body.check());
}

struct Fault {
  const char* body;
  const char* field;
};

class BodyFaults : public testing::TestWithParam<Fault> {};

TEST_P(BodyFaults, NameTheField) {
  const auto request = with_body(GetParam().body);
  Body body(request, {"name", "count", "list"});
  (void)body.text("name");
  (void)body.find_integer("count", 1, 5);
  (void)body.texts("list");
  const auto checked = body.check();
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().code, ErrorCode::InvalidInput);
  EXPECT_EQ(checked.error().where.field, GetParam().field);
}

INSTANTIATE_TEST_SUITE_P(Cases, BodyFaults,
                         testing::Values(Fault{"{}", "name"}, Fault{"", "name"}, Fault{R"({"name":1})", "name"},
                                         Fault{R"({"name":"a","count":6})", "count"},
                                         Fault{R"({"name":"a","count":1.5})", "count"},
                                         Fault{R"({"name":"a","count":"1"})", "count"},
                                         Fault{R"({"name":"a","list":"x"})", "list"},
                                         Fault{R"({"name":"a","list":[1]})", "list"}));

TEST(Body, RefusesUnknownFieldsWithTheNearestName) {
  const auto request = with_body(R"({"nmae":"a"})");
  const Body body(request, {"name"});
  const auto checked = body.check();
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().where.field, "nmae");
  EXPECT_NE(checked.error().fix.find("name"), std::string::npos);
}

TEST(Body, RefusesWhatIsNoObject) {
  for (const auto* text : {"[]", "1", "{", "\xff", "nul"}) {
    const auto request = with_body(text);
    EXPECT_FALSE(Body(request, {"name"}).check()) << text;
  }
}

TEST(Query, BoundsAndTimes) {
  io::http::Request request;
  request.query = "limit=201&from=2026-11-23&to=yesterday";
  Query query(request);
  EXPECT_EQ(query.time("from"), from_micros(1'795'392'000'000'000));
  EXPECT_TRUE(query.check());
  EXPECT_EQ(query.limit(), 50u);
  const auto checked = query.check();
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().where.field, "limit");
  Query other(request);
  EXPECT_FALSE(other.time("to"));
  EXPECT_FALSE(other.check());
}

TEST(Window, BeginsWithTheMonth) {
  io::http::Request request;
  Query query(request);
  const auto now = *parse_time("2026-11-23T14:00:00Z");
  const auto window = window_of(query, now);
  EXPECT_EQ(render_time(window.from), "2026-11-01T00:00:00Z");
  EXPECT_EQ(window.to, now);
}

}  // namespace
}  // namespace millwright::api
