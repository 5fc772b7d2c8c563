#include "api/idempotency.hpp"

#include <gtest/gtest.h>

namespace millwright::api {
namespace {

const Timestamp noon = from_micros(1'800'000'000'000'000);

io::http::Response response(std::uint16_t status, std::string body) {
  io::http::Response made;
  made.status = status;
  made.body = std::move(body);
  return made;
}

TEST(Idempotency, GivesTheFirstAnswerAgain) {
  IdempotencyTable table;
  auto first = table.begin("user/a POST /keys", "k", "body", noon);
  ASSERT_TRUE(first);
  EXPECT_FALSE(*first);
  table.finish("user/a POST /keys", "k", response(201, "made"));
  auto again = table.begin("user/a POST /keys", "k", "body", noon);
  ASSERT_TRUE(again && *again);
  EXPECT_EQ((*again)->body, "made");
}

TEST(Idempotency, RefusesAnotherBodyAndARequestStillRunning) {
  IdempotencyTable table;
  ASSERT_TRUE(table.begin("s", "k", "one", noon));
  EXPECT_EQ(table.begin("s", "k", "one", noon).error().code, ErrorCode::Conflict);
  table.finish("s", "k", response(201, "made"));
  EXPECT_EQ(table.begin("s", "k", "two", noon).error().code, ErrorCode::Conflict);
}

TEST(Idempotency, KeepsCallersApart) {
  IdempotencyTable table;
  ASSERT_TRUE(table.begin("user/a", "k", "body", noon));
  const auto other = table.begin("user/b", "k", "body", noon);
  ASSERT_TRUE(other);
  EXPECT_FALSE(*other);
}

TEST(Idempotency, ForgetsFailuresAndWhatIsOld) {
  IdempotencyTable table;
  ASSERT_TRUE(table.begin("s", "k", "body", noon));
  table.finish("s", "k", response(503, "later"));
  const auto after_failure = table.begin("s", "k", "body", noon);
  ASSERT_TRUE(after_failure);
  EXPECT_FALSE(*after_failure);
  table.finish("s", "k", response(200, "ok"));
  const auto next_day = table.begin("s", "k", "other body", noon + std::chrono::hours(25));
  ASSERT_TRUE(next_day);
  EXPECT_FALSE(*next_day);
}

TEST(Idempotency, StaysBounded) {
  IdempotencyTable table;
  for (int i = 0; i < 1500; ++i) ASSERT_TRUE(table.begin("s", std::to_string(i), "b", noon + std::chrono::seconds(i)));
  const auto oldest = table.begin("s", "0", "another", noon + std::chrono::seconds(2000));
  ASSERT_TRUE(oldest);
  EXPECT_FALSE(*oldest);
}

}  // namespace
}  // namespace millwright::api
