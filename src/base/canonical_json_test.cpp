#include "base/canonical_json.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace millwright {
namespace {

TEST(CanonicalJsonTest, OneTextForOneValue) {
  struct Case {
    const char* given;
    const char* canonical;
  };
  for (const auto& [given, canonical] : {
           Case{R"({"b":1, "a":[1, 2,{"z":null,"y":true}]})", R"({"a":[1,2,{"y":true,"z":null}],"b":1})"},
           Case{R"("line\nquote\" \u0001 \u00e9 /")", "\"line\\nquote\\\" \\u0001 \xc3\xa9 /\""},
           Case{"[1.0, 0.5, -0.0, 1e21, 1e-7, 123456789012345678]", "[1,0.5,0,1e+21,1e-7,123456789012345678]"},
           Case{"[4.50, 2e-3, 333333333.33333329, 1E30]", "[4.5,0.002,333333333.3333333,1e+30]"},
           Case{"{}", "{}"}, Case{"[]", "[]"}, Case{"18446744073709551615", "18446744073709551615"}}) {
    auto value = parse_json(given);
    ASSERT_TRUE(value) << given;
    EXPECT_EQ(render_canonical_json(*value), canonical);
    EXPECT_EQ(render_canonical_json(parse_json(canonical).value()), canonical) << "it reads back as itself";
  }
}

TEST(CanonicalJsonTest, NumbersThatJsonLacksBecomeNull) {
  EXPECT_EQ(render_canonical_json(std::numeric_limits<double>::quiet_NaN()), "null");
  EXPECT_EQ(render_canonical_json(std::numeric_limits<double>::infinity()), "null");
}

}  // namespace
}  // namespace millwright
