#include "store/parameters.hpp"

#include <gtest/gtest.h>

namespace millwright::store {
namespace {

struct Case {
  const char* name;
  const char* text;
  const char* numbered;
  std::size_t parameters;
};

class ParametersTest : public testing::TestWithParam<Case> {};

TEST_P(ParametersTest, NumbersByFirstAppearance) {
  const NumberedStatement numbered = number_parameters(GetParam().text, '$');
  EXPECT_EQ(numbered.text, GetParam().numbered);
  EXPECT_EQ(numbered.parameters, GetParam().parameters);
}

constexpr Case cases[] = {
    {"None", "SELECT 1", "SELECT 1", 0},
    {"Two", "INSERT INTO t VALUES (:a, :b)", "INSERT INTO t VALUES ($1, $2)", 2},
    {"Repeated", "SELECT :b WHERE :a = :b", "SELECT $1 WHERE $2 = $1", 2},
    {"Prefix", "SELECT :time, :time_end", "SELECT $1, $2", 2},
    {"Cast", "SELECT :a::bigint", "SELECT $1::bigint", 1},
    {"Literal", "SELECT ':a', 'it''s :b', :c", "SELECT ':a', 'it''s :b', $1", 1},
    {"QuotedName", "SELECT \":a\" FROM t WHERE x = :x", "SELECT \":a\" FROM t WHERE x = $1", 1},
    {"LineComment", "SELECT 1 -- not :a\n, :b", "SELECT 1 -- not :a\n, $1", 1},
    {"BlockComment", "SELECT /* :a */ :b", "SELECT /* :a */ $1", 1},
    {"OpenLiteral", "SELECT ':a", "SELECT ':a", 0},
    {"LoneColon", "SELECT a : b", "SELECT a : b", 0},
    {"AtEnd", "LIMIT :limit", "LIMIT $1", 1},
};

INSTANTIATE_TEST_SUITE_P(Texts, ParametersTest, testing::ValuesIn(cases),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace millwright::store
