// A fresh database of either engine for a test, with the schema it asks for and a writer: what a feature's store suite
// runs on, once on SQLite and once on PostgreSQL.
#pragma once

#include <memory>
#include <ostream>
#include <span>
#include <string>
#include <vector>

#include "store/database.hpp"
#include "store/writer.hpp"
#include "tests/support/postgres.hpp"
#include "tests/support/temp_directory.hpp"

namespace millwright::test {

/// `INSTANTIATE_TEST_SUITE_P(Engines, LedgerTest, testing::ValuesIn(both_engines()), engine_name);`
[[nodiscard]] std::vector<store::Engine> both_engines();

template <class Info>
std::string engine_name(const Info& info) {
  return info.param == store::Engine::Sqlite ? "Sqlite" : "Postgres";
}

/// Throws std::runtime_error, which fails the test, when the database cannot be made.
class TestDatabase {
 public:
  explicit TestDatabase(store::Engine engine, std::span<const store::Migration> migrations = {});
  ~TestDatabase();
  TestDatabase(const TestDatabase&) = delete;
  TestDatabase& operator=(const TestDatabase&) = delete;

  [[nodiscard]] store::Database& database() { return *database_; }
  /// Started on first use.
  [[nodiscard]] store::Writer& writer();
  [[nodiscard]] const std::string& url() const { return url_; }
  [[nodiscard]] const std::filesystem::path& directory() const { return directory_.path(); }
  /// Cuts every connection (PostgreSQL only).
  void cut_connections() const { postgres_->cut_connections(); }
  /// Applies a further schema, as when a test needs several features.
  void migrate(std::span<const store::Migration> migrations);

 private:
  TempDirectory directory_;
  std::unique_ptr<PostgresDatabase> postgres_;
  std::string url_;
  std::unique_ptr<store::Database> database_;
  std::unique_ptr<store::Writer> writer_;
};

/// Errors of preparing every statement on `engine`, one line each; empty when all is well.
[[nodiscard]] std::string faults_of(store::Database& database, std::span<const store::Statement> statements);

}  // namespace millwright::test

namespace millwright::store {
inline void PrintTo(Engine engine, std::ostream* out) { *out << (engine == Engine::Sqlite ? "Sqlite" : "Postgres"); }
}  // namespace millwright::store
