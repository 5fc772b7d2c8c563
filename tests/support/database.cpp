#include "tests/support/database.hpp"

#include <stdexcept>

namespace millwright::test {

std::vector<store::Engine> both_engines() { return {store::Engine::Sqlite, store::Engine::Postgres}; }

TestDatabase::TestDatabase(store::Engine engine, std::span<const store::Migration> migrations) {
  if (engine == store::Engine::Postgres) {
    postgres_ = std::make_unique<PostgresDatabase>();
    url_ = postgres_->socket_url();
  } else {
    url_ = "sqlite:" + (directory_.path() / "test.db").string();
  }
  auto opened = store::Database::open({.url = url_});
  if (!opened) throw std::runtime_error(describe(opened.error()));
  database_ = std::move(*opened);
  migrate(migrations);
}

TestDatabase::~TestDatabase() {
  writer_.reset();
  database_.reset();
}

store::Writer& TestDatabase::writer() {
  if (!writer_) {
    auto started = store::Writer::start(*database_);
    if (!started) throw std::runtime_error(describe(started.error()));
    writer_ = std::move(*started);
  }
  return *writer_;
}

void TestDatabase::migrate(std::span<const store::Migration> migrations) {
  auto migrated = database_->migrate(migrations);
  if (!migrated) throw std::runtime_error(describe(migrated.error()));
}

std::string faults_of(store::Database& database, std::span<const store::Statement> statements) {
  auto session = database.connect();
  if (!session) return describe(session.error());
  std::string faults;
  for (const store::Statement& statement : statements) {
    auto prepared = (*session)->prepare(statement);
    if (!prepared) faults += std::string(statement.name) + ": " + describe(prepared.error()) + "\n";
  }
  return faults;
}

}  // namespace millwright::test
