#include "store/sqlite_checkpointer.hpp"

#include <gtest/gtest.h>

#include "store/writer.hpp"
#include "tests/support/database.hpp"

namespace millwright::store {
namespace {

namespace fs = std::filesystem;

constexpr Migration schema[] = {{"test/0001", "CREATE TABLE filler (id BIGINT PRIMARY KEY, body TEXT)", ""}};
constexpr Statement insert{"test.fill", "INSERT INTO filler (id, body) VALUES (:id, :body)", ""};
constexpr Statement count{"test.count", "SELECT COUNT(*) FROM filler", ""};

class SqliteCheckpointerTest : public testing::Test {
 protected:
  /// About a hundred pages.
  void fill(std::int64_t id) {
    auto done = holder_.writer().run([id](Session& session) -> Result<void> {
      auto inserted = session.execute(insert, {id, std::string(400'000, 'x')});
      if (!inserted) return pass(inserted);
      return {};
    });
    ASSERT_TRUE(done) << describe(done.error());
  }
  [[nodiscard]] std::uintmax_t size(const char* name) const { return fs::file_size(holder_.directory() / name); }

  test::TestDatabase holder_{Engine::Sqlite, schema};
};

TEST_F(SqliteCheckpointerTest, CommittedPagesReachTheDatabaseFileWhileTheWriterLives) {
  const std::uintmax_t before = size("test.db");
  std::int64_t id = 0;
  while (size("test.db") < before + 4'000'000) {
    ASSERT_LT(id, 5'000) << "nobody empties the log";
    ASSERT_NO_FATAL_FAILURE(fill(++id));
  }
  EXPECT_EQ(holder_.database().select(count)->front().integer(0), id);
}

TEST_F(SqliteCheckpointerTest, AReaderThatStaysDoesNotStopTheWriter) {
  auto outcome = holder_.database().read([&](Session& reader) {
    return reader.transaction([&]() -> Result<void> {
      EXPECT_EQ(reader.query(count)->front().integer(0), 0);
      for (std::int64_t id = 1; id <= 200; ++id) fill(id);   // beyond what makes the writer help
      EXPECT_EQ(reader.query(count)->front().integer(0), 0);
      return {};
    });
  });
  ASSERT_TRUE(outcome) << describe(outcome.error());
  EXPECT_EQ(holder_.database().select(count)->front().integer(0), 200);
}

}  // namespace
}  // namespace millwright::store
