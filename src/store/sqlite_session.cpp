#include "store/sqlite_session.hpp"

#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h>

#include "store/parameters.hpp"
#include "store/sqlite_checkpointer.hpp"
#include "store/sqlite_error.hpp"
#include "store/statement_cache.hpp"

namespace millwright::store {
namespace {

using sqlite_api::sqlite3;
using sqlite_api::sqlite3_stmt;

constexpr std::size_t statements_max = 1'024;

/// A prepared statement, finalized with its owner.
class Prepared {
 public:
  Prepared(sqlite3_stmt* handle, std::string_view source) : handle_(handle), source_(source) {}
  Prepared(Prepared&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)), source_(other.source_) {}
  Prepared& operator=(Prepared&& other) noexcept {
    std::swap(handle_, other.handle_);
    std::swap(source_, other.source_);
    return *this;
  }
  ~Prepared() { sqlite_api::sqlite3_finalize(handle_); }
  [[nodiscard]] sqlite3_stmt* handle() const { return handle_; }
  [[nodiscard]] const std::string& source() const { return source_; }

 private:
  sqlite3_stmt* handle_;
  std::string source_;
};

/// Puts a statement back to its start, whatever happened.
class Reset {
 public:
  explicit Reset(sqlite3_stmt* handle) : handle_(handle) {}
  ~Reset() { sqlite_api::sqlite3_reset(handle_); }
  Reset(const Reset&) = delete;
  Reset& operator=(const Reset&) = delete;

 private:
  sqlite3_stmt* handle_;
};

int bind(sqlite3_stmt* handle, int position, const Value& value) {
  if (const auto* integer = std::get_if<std::int64_t>(&value)) {
    return sqlite_api::sqlite3_bind_int64(handle, position, *integer);
  }
  if (const auto* real = std::get_if<double>(&value)) return sqlite_api::sqlite3_bind_double(handle, position, *real);
  if (const auto* text = std::get_if<std::string>(&value)) {
    // Not copied: the value outlives the step, and every run binds all parameters anew.
    return sqlite_api::sqlite3_bind_text(handle, position, text->data(), static_cast<int>(text->size()), nullptr);
  }
  return sqlite_api::sqlite3_bind_null(handle, position);
}

Value column_value(sqlite3_stmt* handle, int column) {
  switch (sqlite_api::sqlite3_column_type(handle, column)) {
    case SQLITE_INTEGER: return std::int64_t{sqlite_api::sqlite3_column_int64(handle, column)};
    case SQLITE_FLOAT: return sqlite_api::sqlite3_column_double(handle, column);
    case SQLITE_NULL: return Null{};
    default: {
      const auto* text = reinterpret_cast<const char*>(sqlite_api::sqlite3_column_text(handle, column));
      const auto size = static_cast<std::size_t>(sqlite_api::sqlite3_column_bytes(handle, column));
      return text == nullptr ? std::string() : std::string(text, size);
    }
  }
}

Row row_of(sqlite3_stmt* handle, int columns) {
  std::vector<Value> values;
  values.reserve(static_cast<std::size_t>(columns));
  for (int column = 0; column < columns; ++column) values.push_back(column_value(handle, column));
  return Row(std::move(values));
}

/// The library hides the type information that the sanitizer's check of a downcast needs.
__attribute__((no_sanitize("vptr"))) sqlite3* handle_of(soci::session& connection) {
  return static_cast<soci::sqlite3_session_backend*>(connection.get_backend())->conn_;
}

class SqliteSession final : public TransactionalSession {
 public:
  SqliteSession(std::unique_ptr<soci::session> connection, const SqliteOptions& options)
      : connection_(std::move(connection)),
        database_(handle_of(*connection_)),
        access_(options.access),
        checkpointer_(options.path, options.durability) {
    sqlite_api::sqlite3_extended_result_codes(database_, 1);
    if (access_ == Access::ReadWrite) sqlite_api::sqlite3_wal_hook(database_, on_commit, this);
  }

  [[nodiscard]] Engine engine() const override { return Engine::Sqlite; }
  [[nodiscard]] Result<void> restore() override { return {}; }

 protected:
  [[nodiscard]] Result<Rows> do_query(const Statement& statement, const Values& values) override {
    auto handle = bound(statement, values);
    if (!handle) return pass(handle);
    const Reset reset(*handle);
    Rows rows;
    const int columns = sqlite_api::sqlite3_column_count(*handle);
    int code = sqlite_api::sqlite3_step(*handle);
    for (; code == SQLITE_ROW; code = sqlite_api::sqlite3_step(*handle)) rows.push_back(row_of(*handle, columns));
    if (code != SQLITE_DONE) return failed(code, statement.name);
    return rows;
  }

  [[nodiscard]] Result<std::int64_t> do_execute(const Statement& statement, const Values& values) override {
    auto handle = bound(statement, values);
    if (!handle) return pass(handle);
    const auto before = sqlite_api::sqlite3_total_changes(database_);
    auto done = step_to_end(*handle, statement.name);
    if (!done) return pass(done);
    // A statement that changes nothing leaves the count of the one before it.
    if (sqlite_api::sqlite3_total_changes(database_) == before) return 0;
    return sqlite_api::sqlite3_changes(database_);
  }

  [[nodiscard]] Result<void> do_execute_many(const Statement& statement, const std::vector<Values>& rows) override {
    for (const Values& values : rows) {
      auto handle = bound(statement, values);
      if (!handle) return pass(handle);
      auto done = step_to_end(*handle, statement.name);
      if (!done) return done;
    }
    return {};
  }

  [[nodiscard]] Result<void> do_prepare(const Statement& statement) override {
    auto handle = prepared(statement);
    if (!handle) return pass(handle);
    return {};
  }

  [[nodiscard]] Result<void> do_script(std::string_view script) override {
    const int code = sqlite_api::sqlite3_exec(database_, std::string(script).c_str(), nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) return failed(code, "");
    return {};
  }

  [[nodiscard]] std::string_view begin_text() const override {
    return access_ == Access::ReadOnly ? "BEGIN" : "BEGIN IMMEDIATE";
  }

  void do_rollback() override {
    // A full disk and some other faults roll back by themselves.
    if (sqlite_api::sqlite3_get_autocommit(database_) != 0) return;
    sqlite_api::sqlite3_exec(database_, "ROLLBACK", nullptr, nullptr, nullptr);
  }

 private:
  /// Called by SQLite after each commit to the write-ahead log, in the place of its own checkpoints.
  static int on_commit(void* self, sqlite3* database, const char* name, int pages) {
    static_cast<SqliteSession*>(self)->checkpointer_.note_log_pages(pages);
    if (pages >= SqliteCheckpointer::pages_max) {
      sqlite_api::sqlite3_wal_checkpoint_v2(database, name, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
    }
    return SQLITE_OK;
  }

  [[nodiscard]] std::unexpected<Error> failed(int code, std::string_view statement) {
    const int extended = sqlite_api::sqlite3_extended_errcode(database_);
    if ((extended & 0xff) == (code & 0xff)) code = extended;
    if (is_sqlite_impaired(code)) note_impaired();
    return std::unexpected(sqlite_error(code, sqlite_api::sqlite3_errmsg(database_), statement));
  }

  [[nodiscard]] Result<void> step_to_end(sqlite3_stmt* handle, std::string_view name) {
    const Reset reset(handle);
    int code = SQLITE_ROW;
    while (code == SQLITE_ROW) code = sqlite_api::sqlite3_step(handle);
    if (code != SQLITE_DONE) return failed(code, name);
    return {};
  }

  [[nodiscard]] Result<sqlite3_stmt*> prepared(const Statement& statement) {
    const std::string_view text = statement.text_for(Engine::Sqlite);
    const auto found = statements_.find(statement.name);
    if (found != statements_.end() && found->second.source() == text) return found->second.handle();
    if (statements_.size() >= statements_max) statements_.clear();
    const NumberedStatement numbered = number_parameters(text, '?');
    sqlite3_stmt* handle = nullptr;
    const char* rest = nullptr;
    const int code =
        sqlite_api::sqlite3_prepare_v3(database_, numbered.text.c_str(), static_cast<int>(numbered.text.size() + 1),
                                       SQLITE_PREPARE_PERSISTENT, &handle, &rest);
    if (code != SQLITE_OK) return failed(code, statement.name);
    Prepared made(handle, text);
    if (handle == nullptr || std::string_view(rest).find_first_not_of(" \t\r\n;") != std::string_view::npos) {
      return fail(ErrorCode::Internal, "{}: the text is not exactly one statement", statement.name);
    }
    statements_.insert_or_assign(std::string(statement.name), std::move(made));
    return handle;
  }

  [[nodiscard]] Result<sqlite3_stmt*> bound(const Statement& statement, const Values& values) {
    auto handle = prepared(statement);
    if (!handle) return handle;
    const auto expected = static_cast<std::size_t>(sqlite_api::sqlite3_bind_parameter_count(*handle));
    if (values.size() != expected) {
      return fail(ErrorCode::Internal, "{}: {} values for {} parameters", statement.name, values.size(), expected);
    }
    for (std::size_t i = 0; i < values.size(); ++i) {
      const int code = bind(*handle, static_cast<int>(i) + 1, values[i]);
      if (code != SQLITE_OK) return failed(code, statement.name);
    }
    return handle;
  }

  std::unique_ptr<soci::session> connection_;
  sqlite3* database_;
  Access access_;
  SqliteCheckpointer checkpointer_;
  StatementCache<Prepared> statements_;
};

/// synchronous=OFF hands every commit to the kernel, which outlives this process; FULL waits for the disk.
std::string settings(const SqliteOptions& options) {
  const bool is_writer = options.access == Access::ReadWrite;
  return fmt::format(
      "PRAGMA busy_timeout={};{}PRAGMA synchronous={};PRAGMA foreign_keys=ON;PRAGMA temp_store=MEMORY;"
      "PRAGMA cache_size=-{};PRAGMA mmap_size={};PRAGMA journal_size_limit=67108864;PRAGMA trusted_schema=OFF;{}",
      options.busy_timeout.count(), is_writer ? "PRAGMA journal_mode=WAL;" : "",
      options.durability == Durability::Power ? "FULL" : "OFF", is_writer ? 4'096 : 1'024, is_writer ? 0 : 8 << 20,
      is_writer ? "" : "PRAGMA query_only=ON;");
}

}  // namespace

Result<std::unique_ptr<TransactionalSession>> open_sqlite(const SqliteOptions& options) {
  std::error_code missing;
  if (options.access == Access::ReadOnly && !std::filesystem::exists(options.path, missing)) {
    return fail(ErrorCode::Unavailable, "there is no database file {}", options.path);
  }
  if (options.path.find('"') != std::string::npos) {
    return fail(ErrorCode::InvalidConfig, "a quotation mark in the path of the database: {}", options.path);
  }
  try {
    auto connection = std::make_unique<soci::session>(soci::sqlite3, "dbname=\"" + options.path + "\"");
    auto session = std::make_unique<SqliteSession>(std::move(connection), options);
    auto set = session->run_script(settings(options));
    if (!set) return pass(set);
    return session;
  } catch (const soci::sqlite3_soci_error& error) {
    return std::unexpected(sqlite_error(error.result(), error.get_error_message(), options.path));
  } catch (const soci::soci_error& error) {
    return fail(ErrorCode::Unavailable, "{}: {}", options.path, error.get_error_message());
  }
}

}  // namespace millwright::store
