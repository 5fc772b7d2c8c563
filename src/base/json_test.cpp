#include "base/json.hpp"

#include <gtest/gtest.h>

namespace millwright {
namespace {

TEST(Json, ParsesAndKeepsTheLastOfDuplicateKeys) {
  const auto object = parse_json_object(R"({"a": 1, "b": "x", "a": 2})");
  ASSERT_TRUE(object.has_value());
  EXPECT_EQ(load_integer(*object, "a").value(), 2);
  EXPECT_EQ(object->size(), 2u);
}

TEST(Json, SaysWhereTheFaultIs) {
  struct Case {
    std::string_view text;
    std::uint64_t byte;
    ErrorCode code;
  };
  for (const auto& [text, byte, code] : {
           Case{R"({"a": tru})", 6, ErrorCode::InvalidInput},
           Case{R"({"a": 1} x)", 9, ErrorCode::InvalidInput},
           Case{R"({"a": )", 6, ErrorCode::InvalidInput},
           Case{"", 0, ErrorCode::InvalidInput},
           Case{"{\"a\": \"x\xff\"}", 8, ErrorCode::InvalidInput},
           Case{"{\"a\": \"\xed\xa0\x80\"}", 7, ErrorCode::InvalidInput},
       }) {
    const auto value = parse_json(text);
    ASSERT_FALSE(value.has_value()) << text;
    EXPECT_EQ(value.error().code, code) << text;
    EXPECT_EQ(value.error().where.byte, byte) << text << ": " << describe(value.error());
  }
}

TEST(Json, BoundsDepthAndSize) {
  const std::string deep = std::string(65, '[') + std::string(65, ']');
  EXPECT_EQ(parse_json(deep).error().code, ErrorCode::TooLarge);
  EXPECT_TRUE(parse_json(deep.substr(1, 128)).has_value());
  EXPECT_EQ(parse_json(std::string(5'000'000, '[')).error().code, ErrorCode::TooLarge);
  EXPECT_EQ(parse_json("[1,2,3]", {.bytes_max = 6}).error().code, ErrorCode::TooLarge);
  EXPECT_TRUE(parse_json("[1,2,3]", {.bytes_max = 7}).has_value());
}

TEST(Json, NumbersAreExact) {
  struct Case {
    std::string_view text;
    double number;
  };
  for (const auto& [text, number] : {Case{"333333333.33333329", 333333333.33333329}, Case{"0.1", 0.1}, Case{"-2.5e-3", -2.5e-3},
                                     Case{"0.8333333333333334", 0.8333333333333334}, Case{"1e23", 1e23}, Case{"1e-400", 0.0},
                                     Case{"9007199254740993.0", 9007199254740993.0}, Case{"5e-324", 5e-324}}) {
    EXPECT_EQ(parse_json(text).value().as_double(), number) << text;
  }
  EXPECT_EQ(parse_json("18446744073709551615").value().as_uint64(), UINT64_MAX);
  EXPECT_FALSE(parse_json("1e400"));
  EXPECT_EQ(json::serialize(parse_json(R"({"k\u00e9y": ["", "a\nb", {}, []]})").value()), "{\"k\xc3\xa9y\":[\"\",\"a\\nb\",{},[]]}");
}

TEST(Json, MembersAreFoundByTypeAndName) {
  const auto object = parse_json_object(R"({"s": "text", "n": 3, "f": 2.5, "e": 4.0, "z": null})").value();
  EXPECT_EQ(string_member(object, "s"), "text");
  EXPECT_EQ(string_member(object, "n"), "");
  EXPECT_EQ(find_member(object, "missing"), nullptr);
  EXPECT_NE(find_member(object, "z"), nullptr);
  EXPECT_EQ(load_string(object, "s").value(), "text");
  EXPECT_EQ(load_string(object, "n").error().where.field, "n");
  EXPECT_EQ(load_integer(object, "e").value(), 4);
  EXPECT_FALSE(load_integer(object, "f").has_value());
  EXPECT_FALSE(load_integer(object, "s").has_value());
  EXPECT_FALSE(parse_json_object("[]").has_value());
}

}  // namespace
}  // namespace millwright
