#include "store/postgres_session.hpp"

#include <charconv>

#include <poll.h>
#include <soci/soci.h>
#include <soci/postgresql/soci-postgresql.h>

#include "store/parameters.hpp"
#include "store/postgres_error.hpp"
#include "store/repeated_values.hpp"
#include "store/statement_cache.hpp"

namespace millwright::store {
namespace {

constexpr std::size_t statements_max = 1'024;
constexpr std::size_t tuple_rows = 64;           // rows an INSERT, where its shape allows more than one
constexpr std::size_t parameters_max = 65'535;   // of the protocol
constexpr std::size_t pipeline_rows_max = 256;   // rows in flight, so that neither side's socket buffer fills for long

struct ClearResult {
  void operator()(PGresult* result) const { ::PQclear(result); }
};
using ResultHandle = std::unique_ptr<PGresult, ClearResult>;

/// Types of pg_type.dat that have a Value of their own; all others are read as text.
enum TypeId : Oid { Bool = 16, Int8 = 20, Int2 = 21, Int4 = 23, Float4 = 700, Float8 = 701, Numeric = 1700 };

Value value_of(std::string_view text, Oid type) {
  const char* end = text.data() + text.size();
  if (type == Bool) return std::int64_t{text == "t" ? 1 : 0};
  if (type == Int8 || type == Int4 || type == Int2 || type == Numeric) {
    std::int64_t integer = 0;
    const auto read = std::from_chars(text.data(), end, integer);
    if (read.ec == std::errc() && read.ptr == end) return integer;
  }
  if (type == Float4 || type == Float8 || type == Numeric) {
    double real = 0;
    const auto read = std::from_chars(text.data(), end, real);
    if (read.ec == std::errc() && read.ptr == end) return real;
  }
  return std::string(text);
}

/// The parameters of one run in libpq's shape. Numbers are written once into one buffer.
class Parameters {
 public:
  void assign(std::span<const Values> rows) {
    pointers_.clear();
    buffer_.resize(rows.size() * rows.front().size() * slot_bytes);
    char* slot = buffer_.data();
    for (const Values& values : rows) {
      for (const Value& value : values) {
        pointers_.push_back(text_of(value, slot));
        slot += slot_bytes;
      }
    }
  }
  [[nodiscard]] int size() const { return static_cast<int>(pointers_.size()); }
  [[nodiscard]] const char* const* data() const { return pointers_.data(); }

 private:
  static constexpr std::size_t slot_bytes = 32;

  static const char* text_of(const Value& value, char* slot) {
    if (const auto* text = std::get_if<std::string>(&value)) return text->c_str();
    std::to_chars_result written{slot, {}};
    if (const auto* integer = std::get_if<std::int64_t>(&value)) {
      written = std::to_chars(slot, slot + slot_bytes - 1, *integer);
    } else if (const auto* real = std::get_if<double>(&value)) {
      written = std::to_chars(slot, slot + slot_bytes - 1, *real);
    } else {
      return nullptr;
    }
    *written.ptr = '\0';
    return slot;
  }

  std::vector<const char*> pointers_;
  std::string buffer_;
};

std::string with_parameter(std::string url, std::string_view name, std::string_view value) {
  if (url.find(fmt::format("{}=", name)) != std::string::npos) return url;
  return fmt::format("{}{}{}={}", url, url.find('?') == std::string::npos ? '?' : '&', name, value);
}

/// A dead server is noticed in seconds, not in the hours that TCP allows.
std::string connection_text(const PostgresOptions& options) {
  std::string url = options.url;
  url = with_parameter(url, "connect_timeout", "5");
  url = with_parameter(url, "tcp_user_timeout", "15000");
  url = with_parameter(url, "keepalives_idle", "15");
  url = with_parameter(url, "keepalives_interval", "5");
  url = with_parameter(url, "keepalives_count", "3");
  return with_parameter(url, "application_name", "millwright");
}

/// synchronous_commit=off survives the death of this process, not that of the server: what Durability::Process
/// promises.
std::string settings(const PostgresOptions& options) {
  const bool is_reader = options.access == Access::ReadOnly;
  return fmt::format(
      "SET client_min_messages=warning; SET client_encoding='UTF8'; SET TIME ZONE 'UTC'; SET lock_timeout={}; "
      "SET synchronous_commit={}; SET default_transaction_read_only={}",
      options.busy_timeout.count(), options.durability == Durability::Power ? "on" : "off", is_reader ? "on" : "off");
}

void ignore_notice(void*, const PGresult*) {}

/// The library hides the type information that the sanitizer's check of a downcast needs.
__attribute__((no_sanitize("vptr"))) PGconn* handle_of(soci::session& connection) {
  return static_cast<soci::postgresql_session_backend*>(connection.get_backend())->conn_;
}

class PostgresSession final : public TransactionalSession {
 public:
  explicit PostgresSession(PostgresOptions options) : options_(std::move(options)) {}

  [[nodiscard]] Engine engine() const override { return Engine::Postgres; }

  [[nodiscard]] Result<void> connect() {
    statements_.clear();
    handle_ = nullptr;
    connection_.reset();
    try {
      connection_ = std::make_unique<soci::session>(soci::postgresql, connection_text(options_));
    } catch (const soci::soci_error& error) {
      note_impaired();
      return std::unexpected(postgres_error("", error.get_error_message(), ""));
    }
    handle_ = handle_of(*connection_);
    ::PQsetNoticeReceiver(handle_, ignore_notice, nullptr);
    return do_script(settings(options_));
  }

  [[nodiscard]] Result<void> restore() override {
    if (is_alive()) return {};
    return connect();
  }

 protected:
  [[nodiscard]] Result<Rows> do_query(const Statement& statement, const Values& values) override {
    auto result = run(statement, values);
    if (!result) return pass(result);
    const int count = ::PQntuples(result->get()), columns = ::PQnfields(result->get());
    Rows rows;
    rows.reserve(static_cast<std::size_t>(count));
    for (int line = 0; line < count; ++line) {
      std::vector<Value> row;
      row.reserve(static_cast<std::size_t>(columns));
      for (int column = 0; column < columns; ++column) {
        if (::PQgetisnull(result->get(), line, column) != 0) {
          row.emplace_back(Null{});
          continue;
        }
        const std::string_view text(::PQgetvalue(result->get(), line, column),
                                    static_cast<std::size_t>(::PQgetlength(result->get(), line, column)));
        row.push_back(value_of(text, ::PQftype(result->get(), column)));
      }
      rows.emplace_back(std::move(row));
    }
    return rows;
  }

  [[nodiscard]] Result<std::int64_t> do_execute(const Statement& statement, const Values& values) override {
    auto result = run(statement, values);
    if (!result) return pass(result);
    return std::atoll(::PQcmdTuples(result->get()));
  }

  [[nodiscard]] Result<void> do_execute_many(const Statement& statement, const std::vector<Values>& rows) override {
    auto single = prepared(statement);
    if (!single) return pass(single);
    for (const Values& values : rows) {
      auto counted = check_count(statement, values);
      if (!counted) return counted;
    }
    std::span<const Values> rest(rows);
    if (rows.size() >= tuple_rows) {
      auto repeated = prepared_repeated(statement);
      if (!repeated) return pass(repeated);
      if (!repeated->empty()) {
        const std::size_t whole = rows.size() / tuple_rows * tuple_rows;
        auto sent = send_in_groups(statement, *repeated, rest.first(whole), tuple_rows);
        if (!sent) return sent;
        rest = rest.subspan(whole);
      }
    }
    return send_in_groups(statement, *single, rest, 1);
  }

  [[nodiscard]] Result<void> do_prepare(const Statement& statement) override {
    auto name = prepared(statement);
    if (!name) return pass(name);
    return {};
  }

  [[nodiscard]] Result<void> do_script(std::string_view script) override {
    const ResultHandle result(::PQexec(handle_, std::string(script).c_str()));
    return check(result.get(), "");
  }

  [[nodiscard]] std::string_view begin_text() const override {
    return options_.access == Access::ReadOnly ? "BEGIN ISOLATION LEVEL REPEATABLE READ" : "BEGIN";
  }

  void do_rollback() override {
    if (handle_ == nullptr || ::PQstatus(handle_) != CONNECTION_OK) return;
    if (::PQtransactionStatus(handle_) == PQTRANS_IDLE) return;
    ::PQclear(::PQexec(handle_, "ROLLBACK"));
  }

 private:
  /// Looks at the idle socket: a server that has gone leaves its farewell there.
  [[nodiscard]] bool is_alive() {
    if (handle_ == nullptr || ::PQstatus(handle_) != CONNECTION_OK) return false;
    for (int attempt = 0; attempt < 8; ++attempt) {
      pollfd socket{.fd = ::PQsocket(handle_), .events = POLLIN, .revents = 0};
      if (::poll(&socket, 1, 0) <= 0) return true;
      if (::PQconsumeInput(handle_) == 0 || ::PQstatus(handle_) != CONNECTION_OK) return false;
    }
    return false;
  }

  [[nodiscard]] Result<void> check(const PGresult* result, std::string_view statement) {
    const ExecStatusType status = ::PQresultStatus(result);
    if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_PIPELINE_SYNC) return {};
    const char* state = ::PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const char* primary = ::PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    const std::string_view code = state == nullptr || ::PQstatus(handle_) != CONNECTION_OK ? "" : state;
    if (is_postgres_impaired(code)) note_impaired();
    return std::unexpected(postgres_error(code, primary == nullptr ? ::PQerrorMessage(handle_) : primary, statement));
  }

  [[nodiscard]] Result<std::string> prepared(const Statement& statement) {
    const std::string_view text = statement.text_for(Engine::Postgres);
    const auto found = statements_.find(statement.name);
    if (found != statements_.end() && found->second.source == text) return found->second.name;
    if (statements_.size() >= statements_max) {
      auto freed = do_script("DEALLOCATE ALL");
      if (!freed) return pass(freed);
      statements_.clear();
    }
    const NumberedStatement numbered = number_parameters(text, '$');
    std::string name = fmt::format("s{}", ++prepared_count_);
    const ResultHandle result(::PQprepare(handle_, name.c_str(), numbered.text.c_str(), 0, nullptr));
    auto checked = check(result.get(), statement.name);
    if (!checked) return pass(checked);
    statements_.insert_or_assign(std::string(statement.name), Prepared{name, std::string(text), numbered.parameters});
    return name;
  }

  [[nodiscard]] Result<void> check_count(const Statement& statement, const Values& values) const {
    const std::size_t expected = statements_.find(statement.name)->second.parameters;
    if (values.size() == expected) return {};
    return fail(ErrorCode::Internal, "{}: {} values for {} parameters", statement.name, values.size(), expected);
  }

  [[nodiscard]] Result<ResultHandle> run(const Statement& statement, const Values& values) {
    auto name = prepared(statement);
    if (!name) return pass(name);
    auto counted = check_count(statement, values);
    if (!counted) return pass(counted);
    parameters_.assign({&values, 1});
    ResultHandle result(::PQexecPrepared(handle_, name->c_str(), parameters_.size(), parameters_.data(), nullptr,
                                         nullptr, 0));
    auto checked = check(result.get(), statement.name);
    if (!checked) return pass(checked);
    return result;
  }

  /// The same INSERT for many rows at once; an empty name when its shape does not allow it.
  [[nodiscard]] Result<std::string> prepared_repeated(const Statement& statement) {
    const std::string key = fmt::format("{}*{}", statement.name, tuple_rows);
    const std::string_view text = statement.text_for(Engine::Postgres);
    const auto found = statements_.find(key);
    if (found != statements_.end() && found->second.source == text) return found->second.name;
    const NumberedStatement numbered = number_parameters(text, '$');
    const auto repeated = repeat_values(numbered, tuple_rows);
    std::string name;
    if (repeated && numbered.parameters * tuple_rows <= parameters_max) {
      name = fmt::format("s{}", ++prepared_count_);
      const ResultHandle result(::PQprepare(handle_, name.c_str(), repeated->c_str(), 0, nullptr));
      auto checked = check(result.get(), statement.name);
      if (!checked) return pass(checked);
    }
    statements_.insert_or_assign(key, Prepared{name, std::string(text), numbered.parameters * tuple_rows});
    return name;
  }

  /// `size` rows a statement, several statements a pipeline.
  [[nodiscard]] Result<void> send_in_groups(const Statement& statement, const std::string& name,
                                            std::span<const Values> rows, std::size_t size) {
    for (std::size_t start = 0; start < rows.size(); start += pipeline_rows_max) {
      auto sent =
          run_pipeline(statement, name, rows.subspan(start, std::min(pipeline_rows_max, rows.size() - start)), size);
      if (!sent) return sent;
    }
    return {};
  }

  [[nodiscard]] Result<void> run_pipeline(const Statement& statement, const std::string& name,
                                          std::span<const Values> rows, std::size_t size) {
    if (::PQenterPipelineMode(handle_) == 0) return check(nullptr, statement.name);
    bool is_sent = true;
    for (std::size_t start = 0; start < rows.size(); start += size) {
      parameters_.assign(rows.subspan(start, size));
      is_sent = is_sent && ::PQsendQueryPrepared(handle_, name.c_str(), parameters_.size(), parameters_.data(), nullptr,
                                                 nullptr, 0) == 1;
    }
    is_sent = is_sent && ::PQpipelineSync(handle_) == 1;
    if (!is_sent) {
      auto lost = check(nullptr, statement.name);
      handle_ = nullptr;   // half a pipeline is on its way: this connection is of no more use
      connection_.reset();
      return lost;
    }
    auto drained = drain(statement.name);
    ::PQexitPipelineMode(handle_);
    return drained;
  }

  /// Reads the results of a pipeline up to its sync point; the first failure is the one that counts.
  [[nodiscard]] Result<void> drain(std::string_view statement) {
    Result<void> outcome;
    while (::PQstatus(handle_) == CONNECTION_OK) {
      const ResultHandle result(::PQgetResult(handle_));
      if (result == nullptr) continue;   // the end of one statement's results
      const ExecStatusType status = ::PQresultStatus(result.get());
      if (status == PGRES_PIPELINE_SYNC) return outcome;
      if (status == PGRES_PIPELINE_ABORTED || !outcome) continue;
      outcome = check(result.get(), statement);
    }
    return outcome ? check(nullptr, statement) : outcome;
  }

  struct Prepared {
    std::string name;
    std::string source;
    std::size_t parameters;
  };

  PostgresOptions options_;
  std::unique_ptr<soci::session> connection_;
  PGconn* handle_ = nullptr;
  StatementCache<Prepared> statements_;
  std::uint64_t prepared_count_ = 0;
  Parameters parameters_;
};

}  // namespace

Result<std::unique_ptr<TransactionalSession>> open_postgres(const PostgresOptions& options) {
  auto session = std::make_unique<PostgresSession>(options);
  auto connected = session->connect();
  if (!connected) return pass(connected);
  return session;
}

}  // namespace millwright::store
