#include "base/json_count.hpp"

#include <gtest/gtest.h>

namespace millwright {
namespace {

TEST(CountMember, IsNeverNegativeAndNeverBeyondItsBound) {
  const auto object = *parse_json_object(
      R"({"a":7,"b":-1,"c":18446744073709551615,"d":2.9,"e":-0.5,"f":1e300,"g":"5","h":null,"in":{"a":3},"text":"x","i":9223372036854775807})");
  EXPECT_EQ(count_member(object, "a"), 7);
  EXPECT_EQ(count_member(object, "b"), 0);
  EXPECT_EQ(count_member(object, "c"), count_max);
  EXPECT_EQ(count_member(object, "d"), 2);
  EXPECT_EQ(count_member(object, "e"), 0);
  EXPECT_EQ(count_member(object, "f"), count_max);
  EXPECT_EQ(count_member(object, "g"), 0);
  EXPECT_EQ(count_member(object, "h"), 0);
  EXPECT_EQ(count_member(object, "i"), count_max);
  EXPECT_EQ(count_member(object, "none"), 0);
  EXPECT_EQ(count_member(object, "in", "a"), 3);
  EXPECT_EQ(count_member(object, "text", "a"), 0);
}

}  // namespace
}  // namespace millwright
