#include "store/repeated_values.hpp"

#include <gtest/gtest.h>

namespace millwright::store {
namespace {

struct Case {
  const char* name;
  const char* text;
  const char* repeated;   // nullptr: another shape
};

class RepeatedValuesTest : public testing::TestWithParam<Case> {};

TEST_P(RepeatedValuesTest, OnlyPlainInsertsAreRepeated) {
  const auto repeated = repeat_values(number_parameters(GetParam().text, '$'), 2);
  EXPECT_EQ(repeated.value_or("-"), GetParam().repeated == nullptr ? "-" : GetParam().repeated);
}

constexpr Case cases[] = {
    {"Plain", "INSERT INTO t (a, b) VALUES (:a, :b)", "INSERT INTO t (a, b) VALUES ($1, $2), ($3, $4)"},
    {"Expressions", "insert into t values (:a, coalesce(:b, 0), 7, :a)",
     "insert into t values ($1, coalesce($2, 0), 7, $1), ($3, coalesce($4, 0), 7, $3)"},
    {"DoNothing", "INSERT INTO t VALUES (:a)\nON CONFLICT (a) DO NOTHING",
     "INSERT INTO t VALUES ($1), ($2) ON CONFLICT (a) DO NOTHING"},
    {"DoUpdate", "INSERT INTO t VALUES (:a) ON CONFLICT (a) DO UPDATE SET a = 1", nullptr},
    {"Returning", "INSERT INTO t VALUES (:a) RETURNING a", nullptr},
    {"TwoTuples", "INSERT INTO t VALUES (:a), (:b)", nullptr},
    {"Select", "INSERT INTO t SELECT :a", nullptr},
    {"Update", "UPDATE t SET a = :a", nullptr},
    {"Literal", "INSERT INTO t VALUES (:a, 'x)')", nullptr},
    {"NoParameters", "INSERT INTO t VALUES (1)", nullptr},
    {"ParameterInTail", "INSERT INTO t VALUES (:a) ON CONFLICT (a) WHERE b = :b DO NOTHING", nullptr},
    {"Open", "INSERT INTO t VALUES (:a", nullptr},
};

INSTANTIATE_TEST_SUITE_P(Texts, RepeatedValuesTest, testing::ValuesIn(cases),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace millwright::store
