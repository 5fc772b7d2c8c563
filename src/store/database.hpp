// SQL over SQLite and PostgreSQL through one door. Statements are named texts embedded at build from sql/*.sql; values
// are bound, never spliced. Every error of the library becomes an Error here.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/digest.hpp"
#include "base/error.hpp"
#include "base/id.hpp"
#include "base/time.hpp"

namespace millwright::store {

enum class Engine : std::uint8_t { Sqlite, Postgres };
enum class Durability : std::uint8_t {
  Process,   // survives kill -9, not a power cut
  Power,     // every commit is synced to disk
};

/// A named statement. Parameters are written :name and bound by position of first appearance.
struct Statement {
  std::string_view name;
  std::string_view text;            // for both engines
  std::string_view postgres_text;   // when it differs, else empty
  [[nodiscard]] constexpr std::string_view text_for(Engine engine) const {
    return engine == Engine::Postgres && !postgres_text.empty() ? postgres_text : text;
  }
};

using Null = std::monostate;
/// Integers, reals and text. Times are microseconds since 1970 (to_micros), ids and digests their text form,
/// booleans 0 and 1, JSON its text, bytes go to the blob store (small ones as base64).
using Value = std::variant<Null, std::int64_t, double, std::string>;

class Row {
 public:
  explicit Row(std::vector<Value> values) : values_(std::move(values)) {}
  [[nodiscard]] std::size_t size() const { return values_.size(); }
  [[nodiscard]] bool is_null(std::size_t column) const;
  /// 0, 0.0 or "" for NULL. Integers are read from reals and numeric text too (PostgreSQL sums are numeric).
  [[nodiscard]] std::int64_t integer(std::size_t column) const;
  [[nodiscard]] double real(std::size_t column) const;
  [[nodiscard]] const std::string& text(std::size_t column) const;
  [[nodiscard]] Timestamp time(std::size_t column) const { return from_micros(integer(column)); }

 private:
  std::vector<Value> values_;
};
using Rows = std::vector<Row>;
using Values = std::vector<Value>;

/// One connection, used by one thread at a time. Prepared statements are cached by name. Text holds no NUL byte
/// (InvalidInput). Errors: Conflict, InvalidInput (a CHECK, NOT NULL, or a value the type refuses), Unavailable (lost
/// connection, full disk, locks; the next call outside a transaction reconnects), Corrupt, Internal (wrong SQL).
class Session {
 public:
  virtual ~Session() = default;
  [[nodiscard]] virtual Result<Rows> query(const Statement& statement, const Values& values = {}) = 0;
  /// Number of rows changed. A broken uniqueness or foreign key is Conflict.
  [[nodiscard]] virtual Result<std::int64_t> execute(const Statement& statement, const Values& values = {}) = 0;
  /// The same statement for many rows, prepared once. All rows or none; outside a transaction
  /// it makes its own.
  [[nodiscard]] virtual Result<void> execute_many(const Statement& statement, const std::vector<Values>& rows) = 0;
  /// Commits when `body` returns success, else rolls back. Not nested. A statement that fails inside dooms the
  /// transaction on both engines, even when `body` swallows the error: wrap what may fail in `savepoint`, or write
  /// ON CONFLICT.
  [[nodiscard]] virtual Result<void> transaction(const std::function<Result<void>()>& body) = 0;
  /// Inside a transaction: when `body` fails, undoes what it did and returns its error; the transaction goes on.
  [[nodiscard]] virtual Result<void> savepoint(const std::function<Result<void>()>& body) = 0;
  [[nodiscard]] virtual Engine engine() const = 0;
  /// Checks that the engine accepts the text; used by the test that prepares every statement on both engines.
  [[nodiscard]] virtual Result<void> prepare(const Statement& statement) = 0;
  /// True after a statement failed because the connection is lost or the disk refuses, until a transaction begins.
  [[nodiscard]] virtual bool is_impaired() const = 0;
};

/// One forward step of the schema. Never edited once merged: its checksum is recorded and compared at start.
struct Migration {
  std::string_view name;            // "finops/0001_ledger"
  std::string_view text;            // statements separated by ";"
  std::string_view postgres_text;   // when it differs, else empty
};

struct DatabaseOptions {
  std::string url;                  // "sqlite:/path/millwright.db" or "postgresql://user@host/db"
  Durability durability = Durability::Process;
  std::size_t readers_max = 8;      // pooled connections for reading
  std::chrono::milliseconds busy_timeout{10'000};
};

/// A pool of reader sessions and one writer. Thread-safe; outlives what it lends.
class Database {
 public:
  [[nodiscard]] static Result<std::unique_ptr<Database>> open(DatabaseOptions options);
  virtual ~Database() = default;

  [[nodiscard]] virtual Engine engine() const = 0;
  /// Lends a reader to `body` for the length of the call. Blocks while all are lent. Writing through it fails;
  /// `session.transaction` gives one snapshot for several queries.
  [[nodiscard]] virtual Result<void> read(const std::function<Result<void>(Session&)>& body) = 0;
  /// A connection of its own, outside the pool: for the writer, migrations and tests.
  [[nodiscard]] virtual Result<std::unique_ptr<Session>> connect() = 0;
  /// Applies what is missing, features in the order given, their steps in order of name, each in its own transaction.
  /// May be called once for all or once a feature. Refuses a database that holds a step this binary does not know or
  /// whose recorded checksums differ (Corrupt, naming the migration).
  [[nodiscard]] virtual Result<void> migrate(std::span<const Migration> migrations) = 0;

  /// Names of `migrations` that migrate() would apply, in its order. Changes nothing; all of them where there is no
  /// schema yet. Corrupt as migrate().
  [[nodiscard]] Result<std::vector<std::string>> pending(std::span<const Migration> migrations);

  /// `read` with a value: `auto rows = database.select(sql::list_teams, {});`
  [[nodiscard]] Result<Rows> select(const Statement& statement, const Values& values = {});
};

}  // namespace millwright::store
