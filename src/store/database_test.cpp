#include "store/database.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "store/store_sql.hpp"
#include "tests/support/database.hpp"

namespace millwright::store {
namespace {

constexpr Migration schema[] = {{"test/0001_rows",
                                 "CREATE TABLE team (id BIGINT PRIMARY KEY, name TEXT NOT NULL UNIQUE, "
                                 "score DOUBLE PRECISION, spent BIGINT CHECK (spent >= 0));\n"
                                 "CREATE TABLE member (id BIGINT PRIMARY KEY, "
                                 "team BIGINT NOT NULL REFERENCES team (id))",
                                 ""}};

constexpr Statement insert_team{
    "test.insert_team", "INSERT INTO team (id, name, score, spent) VALUES (:id, :name, :score, :spent)", ""};
constexpr Statement insert_member{"test.insert_member", "INSERT INTO member (id, team) VALUES (:id, :team)", ""};
constexpr Statement list_teams{"test.list_teams", "SELECT id, name, score, spent FROM team ORDER BY id", ""};
constexpr Statement count_teams{"test.count_teams", "SELECT COUNT(*) FROM team", ""};
constexpr Statement find_team{"test.find_team", "SELECT name FROM team WHERE id = :id AND :id > 0", ""};
constexpr Statement rename_teams{"test.rename", "UPDATE team SET spent = :spent WHERE id >= :id", ""};
constexpr Statement sums{"test.sums", "SELECT SUM(spent), AVG(score), MAX(name), SUM(spent) * 1.5 FROM team", ""};
constexpr Statement upsert{"test.upsert",
                           "INSERT INTO team (id, name, spent) VALUES (:id, :name, :spent) "
                           "ON CONFLICT (id) DO UPDATE SET spent = team.spent + excluded.spent RETURNING spent",
                           ""};

class DatabaseTest : public testing::TestWithParam<Engine> {
 protected:
  test::TestDatabase holder_{GetParam(), schema};
  Database& database_ = holder_.database();

  std::unique_ptr<Session> session() {
    auto connected = database_.connect();
    EXPECT_TRUE(connected) << describe(connected.error());
    return std::move(*connected);
  }
  std::int64_t team_count() {
    auto rows = database_.select(count_teams);
    EXPECT_TRUE(rows) << describe(rows.error());
    return rows->at(0).integer(0);
  }
};
INSTANTIATE_TEST_SUITE_P(Engines, DatabaseTest, testing::ValuesIn(test::both_engines()),
                         [](const auto& info) { return test::engine_name(info); });

Values team(std::int64_t id, std::string name) { return {id, std::move(name), 1.5, id * 10}; }

TEST_P(DatabaseTest, EveryStatementOfTheStoreIsAccepted) { EXPECT_EQ(test::faults_of(database_, sql::all), ""); }

TEST_P(DatabaseTest, ValuesComeBackAsTheyWent) {
  auto writer = session();
  const std::string odd = "Grüße 'quoted' \"x\" \\ :name $1 ; -- 日本語";
  const std::int64_t big = 9'223'372'036'854'775'807;
  ASSERT_TRUE(writer->execute(insert_team, {std::int64_t{1}, odd, 0.1, big}));
  ASSERT_TRUE(writer->execute(insert_team, {std::int64_t{2}, "b", Null{}, Null{}}));
  ASSERT_TRUE(writer->execute(insert_team, {std::int64_t{-3}, "", -1e300, std::int64_t{0}}));
  auto rows = database_.select(list_teams);
  ASSERT_TRUE(rows);
  ASSERT_EQ(rows->size(), 3U);
  EXPECT_EQ(rows->at(0).integer(0), -3);
  EXPECT_EQ(rows->at(0).real(2), -1e300);
  EXPECT_EQ(rows->at(0).text(1), "");
  EXPECT_FALSE(rows->at(0).is_null(1));
  EXPECT_EQ(rows->at(1).text(1), odd);
  EXPECT_EQ(rows->at(1).real(2), 0.1);
  EXPECT_EQ(rows->at(1).integer(3), big);
  EXPECT_TRUE(rows->at(2).is_null(2));
  EXPECT_TRUE(rows->at(2).is_null(3));
  EXPECT_EQ(rows->at(2).integer(3), 0);
}

TEST_P(DatabaseTest, SumsOfMoneyAreExact) {
  auto writer = session();
  const std::int64_t amount = 4'000'000'000'000'000'001;   // no double holds it
  ASSERT_TRUE(writer->execute(insert_team, {std::int64_t{1}, "a", 1.0, amount}));
  ASSERT_TRUE(writer->execute(insert_team, {std::int64_t{2}, "b", 2.0, std::int64_t{1}}));
  auto rows = database_.select(sums);
  ASSERT_TRUE(rows) << describe(rows.error());
  EXPECT_EQ(rows->at(0).integer(0), amount + 1);
  EXPECT_DOUBLE_EQ(rows->at(0).real(1), 1.5);
  EXPECT_EQ(rows->at(0).text(2), "b");
  EXPECT_DOUBLE_EQ(rows->at(0).real(3), 6e18);
}

TEST_P(DatabaseTest, ARepeatedParameterIsBoundOnce) {
  auto writer = session();
  ASSERT_TRUE(writer->execute(insert_team, team(7, "seven")));
  auto rows = database_.select(find_team, {std::int64_t{7}});
  ASSERT_TRUE(rows) << describe(rows.error());
  ASSERT_EQ(rows->size(), 1U);
  EXPECT_EQ(rows->at(0).text(0), "seven");
}

TEST_P(DatabaseTest, ExecuteCountsChangedRows) {
  auto writer = session();
  for (std::int64_t id = 1; id <= 5; ++id) ASSERT_TRUE(writer->execute(insert_team, team(id, std::to_string(id))));
  EXPECT_EQ(writer->execute(rename_teams, {std::int64_t{1}, std::int64_t{3}}).value(), 3);
  EXPECT_EQ(writer->execute(rename_teams, {std::int64_t{1}, std::int64_t{99}}).value(), 0);
}

TEST_P(DatabaseTest, ReturningGivesTheRowOnceAndWritesOnce) {
  auto writer = session();
  for (std::int64_t expected : {5, 10, 15}) {
    auto rows = writer->query(upsert, {std::int64_t{1}, "a", std::int64_t{5}});
    ASSERT_TRUE(rows) << describe(rows.error());
    EXPECT_EQ(rows->at(0).integer(0), expected);
  }
}

struct Fault {
  const char* name;
  Statement statement;
  Values values;
  ErrorCode code;
};

TEST_P(DatabaseTest, FaultsAreToldApart) {
  auto writer = session();
  ASSERT_TRUE(writer->execute(insert_team, team(1, "a")));
  const Fault faults[] = {
      {"primary key", insert_team, team(1, "b"), ErrorCode::Conflict},
      {"unique", insert_team, team(2, "a"), ErrorCode::Conflict},
      {"foreign key", insert_member, {std::int64_t{1}, std::int64_t{99}}, ErrorCode::Conflict},
      {"check", insert_team, {std::int64_t{3}, "c", 0.0, std::int64_t{-1}}, ErrorCode::InvalidInput},
      {"not null", insert_team, {std::int64_t{3}, Null{}, 0.0, std::int64_t{1}}, ErrorCode::InvalidInput},
      {"NUL byte", insert_team, {std::int64_t{3}, std::string("a\0b", 3), 0.0, std::int64_t{1}},
       ErrorCode::InvalidInput},
      {"syntax", {"test.bad", "SELEKT 1", ""}, {}, ErrorCode::Internal},
      {"two statements", {"test.two", "SELECT 1; SELECT 2", ""}, {}, ErrorCode::Internal},
      {"no table", {"test.missing", "SELECT 1 FROM nowhere", ""}, {}, ErrorCode::Internal},
      {"too few values", insert_member, {std::int64_t{1}}, ErrorCode::Internal},
  };
  for (const Fault& fault : faults) {
    auto done = writer->execute(fault.statement, fault.values);
    ASSERT_FALSE(done) << fault.name;
    EXPECT_EQ(done.error().code, fault.code) << fault.name << ": " << done.error().message;
    EXPECT_FALSE(writer->is_impaired()) << fault.name;
  }
  EXPECT_EQ(team_count(), 1) << "the session goes on after faults";
}

TEST_P(DatabaseTest, ATransactionCommitsAllOrNothing) {
  auto writer = session();
  auto failed = writer->transaction([&]() -> Result<void> {
    auto first = writer->execute(insert_team, team(1, "a"));
    EXPECT_TRUE(first);
    return fail(ErrorCode::NotFound, "changed my mind");
  });
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, ErrorCode::NotFound);
  EXPECT_EQ(team_count(), 0);
  auto kept = writer->transaction([&]() -> Result<void> {
    auto done = writer->execute(insert_team, team(1, "a"));
    if (!done) return pass(done);
    return {};
  });
  EXPECT_TRUE(kept);
  EXPECT_EQ(team_count(), 1);
}

TEST_P(DatabaseTest, ASwallowedFaultStillDoomsTheTransaction) {
  auto writer = session();
  auto outcome = writer->transaction([&]() -> Result<void> {
    EXPECT_TRUE(writer->execute(insert_team, team(1, "a")));
    EXPECT_FALSE(writer->execute(insert_team, team(1, "again")));
    EXPECT_FALSE(writer->execute(insert_team, team(2, "b"))) << "after a fault nothing more is taken";
    return {};
  });
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, ErrorCode::Conflict);
  EXPECT_EQ(team_count(), 0);
}

TEST_P(DatabaseTest, ASavepointContainsAFault) {
  auto writer = session();
  auto outcome = writer->transaction([&]() -> Result<void> {
    auto kept = writer->savepoint([&]() -> Result<void> {
      auto done = writer->execute(insert_team, team(1, "a"));
      if (!done) return pass(done);
      return {};
    });
    EXPECT_TRUE(kept);
    auto undone = writer->savepoint([&]() -> Result<void> {
      auto done = writer->execute(insert_team, team(2, "b"));
      EXPECT_TRUE(done);
      auto twice = writer->execute(insert_team, team(2, "b"));
      if (!twice) return pass(twice);
      return {};
    });
    EXPECT_FALSE(undone);
    auto after = writer->execute(insert_team, team(3, "c"));
    if (!after) return pass(after);
    return {};
  });
  ASSERT_TRUE(outcome) << describe(outcome.error());
  EXPECT_EQ(team_count(), 2);
}

TEST_P(DatabaseTest, AnExceptionRollsBack) {
  auto writer = session();
  EXPECT_THROW((void)writer->transaction([&]() -> Result<void> {
    EXPECT_TRUE(writer->execute(insert_team, team(1, "a")));
    throw std::runtime_error("a bug");
  }), std::runtime_error);
  EXPECT_EQ(team_count(), 0);
  EXPECT_TRUE(writer->execute(insert_team, team(1, "a")));
}

TEST_P(DatabaseTest, TransactionsDoNotNest) {
  auto writer = session();
  auto outcome = writer->transaction([&] { return writer->transaction([]() -> Result<void> { return {}; }); });
  EXPECT_EQ(outcome.error().code, ErrorCode::Internal);
  EXPECT_EQ(writer->savepoint([]() -> Result<void> { return {}; }).error().code, ErrorCode::Internal);
}

TEST_P(DatabaseTest, ManyRowsGoInAtOnceOrNotAtAll) {
  auto writer = session();
  std::vector<Values> rows;
  for (std::int64_t id = 1; id <= 2'000; ++id) rows.push_back(team(id, "team " + std::to_string(id)));
  auto done = writer->execute_many(insert_team, rows);
  ASSERT_TRUE(done) << describe(done.error());
  EXPECT_EQ(team_count(), 2'000);
  for (Values& row : rows)
    row[0] = std::get<std::int64_t>(row[0]) + 2'000, row[1] = "new " + std::get<std::string>(row[1]);
  rows[1'500][1] = "team 1";
  auto refused = writer->execute_many(insert_team, rows);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::Conflict);
  EXPECT_EQ(team_count(), 2'000);
  rows[1'500][1] = "another";
  rows[700].pop_back();
  EXPECT_EQ(writer->execute_many(insert_team, rows).error().code, ErrorCode::Internal);
  rows[700].emplace_back(Null{});
  EXPECT_TRUE(writer->execute_many(insert_team, rows));
  EXPECT_EQ(team_count(), 4'000);
}

TEST_P(DatabaseTest, ManyRowsMayMixTypesAndNulls) {
  auto writer = session();
  ASSERT_TRUE(writer->execute_many(insert_team, {{std::int64_t{1}, "a", 1.5, Null{}},
                                                 {std::int64_t{2}, "b", Null{}, std::int64_t{7}},
                                                 {std::int64_t{3}, "c", 2.0, std::int64_t{8}}}));
  auto rows = database_.select(list_teams);
  ASSERT_TRUE(rows);
  EXPECT_TRUE(rows->at(0).is_null(3));
  EXPECT_TRUE(rows->at(1).is_null(2));
  EXPECT_EQ(rows->at(2).integer(3), 8);
}

TEST_P(DatabaseTest, AReaderCannotWrite) {
  auto outcome = database_.read([&](Session& reader) -> Result<void> {
    auto done = reader.execute(insert_team, team(1, "a"));
    if (!done) return pass(done);
    return {};
  });
  EXPECT_FALSE(outcome);
  EXPECT_EQ(team_count(), 0);
}

TEST_P(DatabaseTest, AReadersTransactionSeesOneMoment) {
  auto writer = session();
  auto outcome = database_.read([&](Session& reader) {
    return reader.transaction([&]() -> Result<void> {
      EXPECT_EQ(reader.query(count_teams)->at(0).integer(0), 0);
      EXPECT_TRUE(writer->execute(insert_team, team(1, "a")));
      EXPECT_EQ(reader.query(count_teams)->at(0).integer(0), 0);
      return {};
    });
  });
  ASSERT_TRUE(outcome) << describe(outcome.error());
  EXPECT_EQ(team_count(), 1);
}

TEST_P(DatabaseTest, ReadersWaitForTheirTurn) {
  auto opened = Database::open({.url = holder_.url(), .readers_max = 2});
  ASSERT_TRUE(opened);
  std::atomic<int> inside{0}, most{0}, done{0};
  std::vector<std::jthread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      for (int turn = 0; turn < 50; ++turn) {
        auto read = (*opened)->read([&](Session& reader) -> Result<void> {
          const int now = ++inside;
          for (int seen = most; now > seen && !most.compare_exchange_weak(seen, now);) {}
          auto rows = reader.query(count_teams);
          --inside;
          if (!rows) return pass(rows);
          return {};
        });
        if (read) ++done;
      }
    });
  }
  threads.clear();
  EXPECT_EQ(done, 400);
  EXPECT_LE(most, 2);
}

TEST_P(DatabaseTest, AStatementOfTheSameNameAndAnotherTextIsPreparedAnew) {
  auto writer = session();
  EXPECT_EQ(writer->query({"test.same", "SELECT 1", ""})->at(0).integer(0), 1);
  EXPECT_EQ(writer->query({"test.same", "SELECT 2", ""})->at(0).integer(0), 2);
}

TEST(DatabaseOpenTest, AddressesThatCannotBeAreRefused) {
  struct Case {
    const char* url;
    ErrorCode code;
  };
  for (const Case& each : {Case{"mysql://x", ErrorCode::InvalidConfig}, Case{"", ErrorCode::InvalidConfig},
                           Case{"sqlite:", ErrorCode::InvalidConfig},
                           Case{"sqlite:/nowhere/at/all.db", ErrorCode::Unavailable},
                           Case{"postgresql://x@127.0.0.1:1/y", ErrorCode::Unavailable}}) {
    auto opened = Database::open({.url = each.url});
    ASSERT_FALSE(opened) << each.url;
    EXPECT_EQ(opened.error().code, each.code) << each.url << ": " << opened.error().message;
  }
}

TEST(DatabaseOpenTest, AFileThatIsNoDatabaseIsCorrupt) {
  test::TempDirectory directory;
  const auto path = directory.write("x.db", std::string(4'096, 'x'));
  auto opened = Database::open({.url = "sqlite:" + path.string()});
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, ErrorCode::Corrupt) << opened.error().message;
}

TEST(DatabaseOpenTest, APathMayHoldSpaces) {
  test::TempDirectory directory;
  const std::string path = (directory.path() / "my data.db").string();
  auto opened = Database::open({.url = "sqlite:" + path});
  ASSERT_TRUE(opened) << describe(opened.error());
  EXPECT_TRUE(std::filesystem::exists(path));
}

TEST(PostgresDatabaseTest, ALostConnectionComesBack) {
  test::TestDatabase holder(Engine::Postgres, schema);
  auto session = holder.database().connect();
  ASSERT_TRUE(session);
  ASSERT_TRUE((*session)->execute(insert_team, team(1, "a")));
  ASSERT_TRUE(holder.database().select(count_teams));
  holder.cut_connections();
  auto rows = holder.database().select(count_teams);
  EXPECT_TRUE(rows) << "an idle reader is mended before use: " << describe(rows.error());
  EXPECT_TRUE((*session)->execute(insert_team, team(2, "b"))) << "and so is an idle writer";
  auto lost = (*session)->transaction([&]() -> Result<void> {
    holder.cut_connections();
    auto done = (*session)->execute(insert_team, team(3, "c"));
    if (!done) return pass(done);
    return {};
  });
  ASSERT_FALSE(lost);
  EXPECT_EQ(lost.error().code, ErrorCode::Unavailable) << lost.error().message;
  EXPECT_TRUE((*session)->is_impaired());
  EXPECT_TRUE((*session)->execute(insert_team, team(3, "c")));
}

}  // namespace
}  // namespace millwright::store
