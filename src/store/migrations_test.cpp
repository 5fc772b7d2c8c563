#include "store/migrations.hpp"

#include <gtest/gtest.h>

#include <thread>

#include "store/store_sql.hpp"
#include "tests/support/database.hpp"

namespace millwright::store {
namespace {

constexpr Migration first{"test/0001_a", "CREATE TABLE a (id BIGINT)", ""};
constexpr Migration second{"test/0002_b", "CREATE TABLE b (id BIGINT);\nINSERT INTO b (id) VALUES (1)", ""};
constexpr Migration second_altered{"test/0002_b", "CREATE TABLE b (id BIGINT, x TEXT)", ""};
constexpr Migration broken{"test/0003_c", "CREATE TABLE c (id BIGINT);\nINSERT INTO nowhere VALUES (1)", ""};
constexpr Migration other{"other/0001_o", "CREATE TABLE o (id BIGINT)", ""};
constexpr Statement read_b{"test.read_b", "SELECT id FROM b", ""};
constexpr Statement read_c{"test.read_c", "SELECT id FROM c", ""};

class MigrationsTest : public testing::TestWithParam<Engine> {
 protected:
  test::TestDatabase holder_{GetParam()};
  Database& database_ = holder_.database();

  Result<void> migrate(std::vector<Migration> migrations) { return database_.migrate(migrations); }
  std::string recorded() {
    std::string names;
    auto rows = database_.select(sql::list_migrations);
    for (const Row& row : *rows) names += row.text(0) + " ";
    return names;
  }
};
INSTANTIATE_TEST_SUITE_P(Engines, MigrationsTest, testing::ValuesIn(test::both_engines()),
                         [](const auto& info) { return test::engine_name(info); });

TEST_P(MigrationsTest, StepsRunOnceInOrder) {
  ASSERT_TRUE(migrate({second, first}));
  EXPECT_EQ(recorded(), "test/0001_a test/0002_b ");
  ASSERT_TRUE(migrate({first, second}));
  EXPECT_EQ(database_.select(read_b)->size(), 1U) << "a step ran twice";
}

TEST_P(MigrationsTest, PendingStepsAreNamedAndNothingIsDone) {
  const std::vector<Migration> both{second, first};
  ASSERT_TRUE(migrate({first}));
  EXPECT_EQ(database_.pending(both).value(), std::vector<std::string>{"test/0002_b"});
  EXPECT_FALSE(database_.select(read_b));
  ASSERT_TRUE(migrate(both));
  EXPECT_TRUE(database_.pending(both).value().empty());
  EXPECT_EQ(database_.pending(std::vector<Migration>{first}).error().code, ErrorCode::Corrupt)
      << "written by a newer one";
}

TEST_P(MigrationsTest, AStepMayBeAddedLater) {
  ASSERT_TRUE(migrate({first}));
  ASSERT_TRUE(migrate({first, second}));
  EXPECT_EQ(recorded(), "test/0001_a test/0002_b ");
}

TEST_P(MigrationsTest, AnAlteredStepIsRefused) {
  ASSERT_TRUE(migrate({first, second}));
  auto refused = migrate({first, second_altered});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::Corrupt);
  EXPECT_NE(refused.error().message.find("test/0002_b"), std::string::npos) << refused.error().message;
}

TEST_P(MigrationsTest, ANewerDatabaseIsRefused) {
  ASSERT_TRUE(migrate({first, second}));
  auto refused = migrate({first});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::Corrupt);
  EXPECT_NE(refused.error().message.find("test/0002_b"), std::string::npos) << refused.error().message;
}

TEST_P(MigrationsTest, FeaturesMayMigrateOneByOne) {
  ASSERT_TRUE(migrate({first, second}));
  ASSERT_TRUE(migrate({other}));
  ASSERT_TRUE(migrate({first, second, other}));
}

TEST_P(MigrationsTest, ABrokenStepLeavesNothingBehind) {
  auto failed = migrate({first, second, broken});
  ASSERT_FALSE(failed);
  EXPECT_NE(failed.error().message.find("test/0003_c"), std::string::npos) << failed.error().message;
  EXPECT_EQ(recorded(), "test/0001_a test/0002_b ");
  EXPECT_FALSE(database_.select(read_c));
}

TEST_P(MigrationsTest, ManyStartersDoNotCollide) {
  std::vector<std::jthread> threads;
  std::atomic<int> failed{0};
  for (int i = 0; i < 6; ++i) {
    threads.emplace_back([&] { failed += migrate({first, second, other}) ? 0 : 1; });
  }
  threads.clear();
  EXPECT_EQ(failed, 0);
  EXPECT_EQ(database_.select(read_b)->size(), 1U);
}

}  // namespace
}  // namespace millwright::store
