#include "store/database.hpp"

#include "store/migrations.hpp"
#include "store/postgres_session.hpp"
#include "store/session_pool.hpp"
#include "store/sqlite_session.hpp"

namespace millwright::store {
namespace {

constexpr std::string_view sqlite_scheme = "sqlite:";

using Opened = Result<std::unique_ptr<TransactionalSession>>;

class PooledDatabase final : public Database {
 public:
  using Open = std::function<Opened(Access)>;

  PooledDatabase(Engine engine, std::size_t readers_max, Open open)
      : engine_(engine), open_(std::move(open)), readers_([this] { return open_(Access::ReadOnly); }, readers_max) {}

  [[nodiscard]] Engine engine() const override { return engine_; }

  [[nodiscard]] Result<void> read(const std::function<Result<void>(Session&)>& body) override {
    return readers_.lend(body);
  }

  [[nodiscard]] Result<std::unique_ptr<Session>> connect() override {
    auto opened = open_(Access::ReadWrite);
    if (!opened) return pass(opened);
    return std::move(*opened);
  }

  [[nodiscard]] Result<void> migrate(std::span<const Migration> migrations) override {
    auto session = open_(Access::ReadWrite);
    if (!session) return pass(session);
    return apply_migrations(**session, migrations);
  }

 private:
  Engine engine_;
  Open open_;
  SessionPool readers_;
};

Result<PooledDatabase::Open> opener(const DatabaseOptions& options, Engine engine) {
  if (engine == Engine::Postgres) {
    return [options](Access access) {
      return open_postgres({.url = options.url, .durability = options.durability,
                            .busy_timeout = options.busy_timeout, .access = access});
    };
  }
  std::string path = options.url.substr(sqlite_scheme.size());
  if (path.empty() || path == ":memory:") {
    return fail(ErrorCode::InvalidConfig, "\"{}\" names no file", options.url);
  }
  return [options, path](Access access) {
    return open_sqlite({.path = path, .durability = options.durability, .busy_timeout = options.busy_timeout,
                        .access = access});
  };
}

}  // namespace

Result<std::unique_ptr<Database>> Database::open(DatabaseOptions options) {
  const bool is_postgres = options.url.starts_with("postgresql://") || options.url.starts_with("postgres://");
  if (!is_postgres && !options.url.starts_with(sqlite_scheme)) {
    auto refused = fail(ErrorCode::InvalidConfig, "the address of the database has an unknown scheme");
    refused.error().fix = "Write sqlite:FILE or postgresql://USER@HOST/DATABASE.";
    return refused;
  }
  if (options.readers_max == 0) return fail(ErrorCode::InvalidConfig, "at least one reader is needed");
  const Engine engine = is_postgres ? Engine::Postgres : Engine::Sqlite;
  auto open = opener(options, engine);
  if (!open) return pass(open);
  // A database that cannot be opened is told at start, not at the first request.
  auto first = (*open)(Access::ReadWrite);
  if (!first) return pass(first);
  return std::make_unique<PooledDatabase>(engine, options.readers_max, std::move(*open));
}

Result<std::vector<std::string>> Database::pending(std::span<const Migration> migrations) {
  std::vector<std::string> names;
  auto done = read([&](Session& session) -> Result<void> {
    auto found = pending_migrations(session, migrations);
    if (!found) return pass(found);
    names = std::move(*found);
    return {};
  });
  if (!done) return pass(done);
  return names;
}

Result<Rows> Database::select(const Statement& statement, const Values& values) {
  Rows rows;
  auto done = read([&](Session& session) -> Result<void> {
    auto found = session.query(statement, values);
    if (!found) return pass(found);
    rows = std::move(*found);
    return {};
  });
  if (!done) return pass(done);
  return rows;
}

}  // namespace millwright::store
