// Ledger rows a second through the writer on SQLite and PostgreSQL, beside the raw C interfaces in the same run.
//
// Every line is the best of three runs on a fresh database; `ratio` is that of the raw interface named in `against`.
#include <libpq-fe.h>
#include <sqlite3.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <iostream>
#include <stdexcept>
#include <thread>

#include <fmt/format.h>

#include "store/database.hpp"
#include "store/writer.hpp"
#include "tests/support/postgres.hpp"
#include "tests/support/temp_directory.hpp"

namespace {

using namespace millwright;
using Steady = std::chrono::steady_clock;

constexpr std::int64_t rows_total = 100'000;
constexpr std::int64_t batch_rows = 1'024;
constexpr std::size_t many_rows = 256;
constexpr int columns = 26;   // whole numbers; one text follows

std::string table_text() {
  std::string text = "CREATE TABLE ledger (";
  for (int i = 0; i < columns; ++i) text += fmt::format("c{} BIGINT NOT NULL, ", i);
  return text + "reference TEXT NOT NULL, PRIMARY KEY (c0, c1))";
}

/// `mark` is ":c" for our statements, "$" for libpq, "?" for sqlite3.
std::string insert_text(char mark) {
  std::string text = "INSERT INTO ledger VALUES (";
  for (int i = 0; i <= columns; ++i) {
    text += i == 0 ? "" : ", ";
    text += mark == '?' ? "?" : mark == '$' ? fmt::format("${}", i + 1) : fmt::format(":c{}", i);
  }
  return text + ")";
}

std::int64_t cell(std::int64_t row, int column) {
  return column == 0 ? row / 7 : column == 1 ? row : row % 1000 * column;
}
constexpr std::string_view reference = "chatcmpl-8f3a91c0d2";

store::Values values_of(std::int64_t row) {
  store::Values values;
  values.reserve(columns + 1);
  for (int i = 0; i < columns; ++i) values.emplace_back(cell(row, i));
  values.emplace_back(std::string(reference));
  return values;
}

void require(bool is_good, const std::string& why) {
  if (!is_good) throw std::runtime_error(why);
}

template <class Body>
double rows_per_second(const Body& body) {
  const auto start = Steady::now();
  body();
  return static_cast<double>(rows_total) / std::chrono::duration<double>(Steady::now() - start).count();
}

double raw_sqlite() {
  test::TempDirectory directory;
  sqlite3* database = nullptr;
  require(::sqlite3_open((directory.path() / "raw.db").c_str(), &database) == SQLITE_OK, "sqlite3_open");
  const std::string set = "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF; PRAGMA cache_size=-4096; " + table_text();
  require(::sqlite3_exec(database, set.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK, ::sqlite3_errmsg(database));
  sqlite3_stmt* insert = nullptr;
  require(::sqlite3_prepare_v2(database, insert_text('?').c_str(), -1, &insert, nullptr) == SQLITE_OK, "prepare");
  const double rate = rows_per_second([&] {
    for (std::int64_t row = 0; row < rows_total; ++row) {
      if (row % batch_rows == 0)
        ::sqlite3_exec(database, row == 0 ? "BEGIN" : "COMMIT; BEGIN", nullptr, nullptr, nullptr);
      for (int i = 0; i < columns; ++i) ::sqlite3_bind_int64(insert, i + 1, cell(row, i));
      ::sqlite3_bind_text(insert, columns + 1, reference.data(), static_cast<int>(reference.size()), SQLITE_STATIC);
      require(::sqlite3_step(insert) == SQLITE_DONE, ::sqlite3_errmsg(database));
      ::sqlite3_reset(insert);
    }
    ::sqlite3_exec(database, "COMMIT", nullptr, nullptr, nullptr);
  });
  ::sqlite3_finalize(insert);
  ::sqlite3_close(database);
  return rate;
}

class RawPostgres {
 public:
  RawPostgres() : connection_(::PQconnectdb(database_.socket_url().c_str())) {
    run("SET synchronous_commit=off");
    run(table_text());
  }
  ~RawPostgres() { ::PQfinish(connection_); }
  RawPostgres(const RawPostgres&) = delete;
  RawPostgres& operator=(const RawPostgres&) = delete;

  double copy() {
    return rows_per_second([this] {
      for (std::int64_t row = 0; row < rows_total; row += batch_rows)
        copy_batch(row, std::min(row + batch_rows, rows_total));
    });
  }

  double insert() {
    ::PQclear(::PQprepare(connection_, "i", insert_text('$').c_str(), 0, nullptr));
    return rows_per_second([this] {
      std::vector<std::string> texts(columns + 1);
      std::vector<const char*> pointers(columns + 1);
      for (std::int64_t row = 0; row < rows_total; ++row) {
        if (row % batch_rows == 0) run(row == 0 ? "BEGIN" : "COMMIT; BEGIN");
        for (int i = 0; i < columns; ++i) texts[static_cast<std::size_t>(i)] = std::to_string(cell(row, i));
        texts[columns] = reference;
        std::ranges::transform(texts, pointers.begin(), [](const std::string& text) { return text.c_str(); });
        check(::PQexecPrepared(connection_, "i", columns + 1, pointers.data(), nullptr, nullptr, 0));
      }
      run("COMMIT");
    });
  }

 private:
  void copy_batch(std::int64_t first, std::int64_t last) {
    PGresult* started = ::PQexec(connection_, "COPY ledger FROM STDIN");
    require(::PQresultStatus(started) == PGRES_COPY_IN, ::PQerrorMessage(connection_));
    ::PQclear(started);
    std::string lines;
    for (std::int64_t row = first; row < last; ++row) {
      for (int i = 0; i < columns; ++i) lines += std::to_string(cell(row, i)) + '\t';
      lines += reference;
      lines += '\n';
    }
    ::PQputCopyData(connection_, lines.data(), static_cast<int>(lines.size()));
    ::PQputCopyEnd(connection_, nullptr);
    while (PGresult* result = ::PQgetResult(connection_)) check(result);
  }
  void run(const std::string& text) { check(::PQexec(connection_, text.c_str())); }
  void check(PGresult* result) {
    const bool is_good = ::PQresultStatus(result) == PGRES_COMMAND_OK;
    ::PQclear(result);
    require(is_good, ::PQerrorMessage(connection_));
  }

  test::PostgresDatabase database_;
  PGconn* connection_;
};

/// A fresh database with a writer.
class Subject {
 public:
  explicit Subject(store::Engine engine) {
    std::string url = "sqlite:" + (directory_.path() / "bench.db").string();
    if (engine == store::Engine::Postgres) {
      postgres_ = std::make_unique<test::PostgresDatabase>();
      url = postgres_->socket_url();
    }
    database_ = expect(store::Database::open({.url = url}));
    const store::Migration migration{"bench/0001", table_, ""};
    expect(database_->migrate({&migration, 1}));
    writer_ = expect(store::Writer::start(*database_));
  }

  /// One job a row, as fast as the queue takes them: what many requests at once look like.
  double single() {
    const store::Statement insert{"bench.insert", insert_, ""};
    return rows_per_second([&] {
      std::atomic<std::int64_t> failed{0};
      for (std::int64_t row = 0; row < rows_total; ++row) {
        for (;;) {
          auto queued = writer_->submit(
              [insert, values = values_of(row)](store::Session& session) -> Result<void> {
                auto done = session.execute(insert, values);
                if (!done) return pass(done);
                return {};
              },
              [&failed](Result<void> result) { failed += result ? 0 : 1; });
          if (queued) break;
          std::this_thread::yield();
        }
      }
      expect(writer_->flush());
      require(failed == 0, "jobs failed");
    });
  }

  double many() {
    const store::Statement insert{"bench.insert", insert_, ""};
    return rows_per_second([&] {
      std::vector<store::Values> rows;
      for (std::int64_t row = 0; row < rows_total; ++row) {
        rows.push_back(values_of(row));
        if (rows.size() < many_rows && row + 1 < rows_total) continue;
        auto queued = writer_->submit(
            [insert, batch = std::move(rows)](store::Session& session) { return session.execute_many(insert, batch); },
            [](Result<void> result) { expect(std::move(result)); });
        require(queued.has_value(), "queue full");
        rows.clear();
      }
      expect(writer_->flush());
    });
  }

  /// Microseconds from submitting a lone row to knowing that it is committed: p50 and p99.
  std::pair<double, double> lone() {
    const store::Statement insert{"bench.insert", insert_, ""};
    std::vector<double> waits;
    for (std::int64_t row = 0; row < 5'000; ++row) {
      const auto start = Steady::now();
      expect(writer_->run([insert, values = values_of(row)](store::Session& session) -> Result<void> {
        auto done = session.execute(insert, values);
        if (!done) return pass(done);
        return {};
      }));
      waits.push_back(std::chrono::duration<double, std::micro>(Steady::now() - start).count());
    }
    std::ranges::sort(waits);
    return {waits[waits.size() / 2], waits[waits.size() * 99 / 100]};
  }

 private:
  static void expect(Result<void> result) { require(result.has_value(), result ? "" : describe(result.error())); }
  template <class T>
  static T expect(Result<T> result) {
    require(result.has_value(), result ? "" : describe(result.error()));
    return std::move(*result);
  }

  std::string table_ = table_text(), insert_ = insert_text(':');
  test::TempDirectory directory_;
  std::unique_ptr<test::PostgresDatabase> postgres_;
  std::unique_ptr<store::Database> database_;
  std::unique_ptr<store::Writer> writer_;
};

template <class Run>
double best_of_three(const Run& run) {
  double best = 0;
  for (int i = 0; i < 3; ++i) best = std::max(best, run());
  return best;
}

void print_rate(const char* engine, const char* path, double rate, const char* against, double raw) {
  std::cout << fmt::format(
                   R"({{"benchmark":"store.ledger","engine":"{}","path":"{}","rows_per_s":{:.0f},"against":"{}",)"
                   R"("ratio":{:.2f}}})",
                   engine, path, rate, against, rate / raw)
            << std::endl;
}

void print_lone(const char* engine, std::pair<double, double> waits) {
  std::cout << fmt::format(R"({{"benchmark":"store.lone_commit","engine":"{}","p50_us":{:.0f},"p99_us":{:.0f}}})",
                           engine, waits.first, waits.second)
            << std::endl;
}

}  // namespace

int main() {
  try {
    using store::Engine;
    const double sqlite = best_of_three(raw_sqlite);
    print_rate("sqlite", "raw", sqlite, "sqlite3", sqlite);
    print_rate("sqlite", "writer, one job a row", best_of_three([] { return Subject(Engine::Sqlite).single(); }),
               "sqlite3", sqlite);
    print_rate("sqlite", "writer, 256 rows a job", best_of_three([] { return Subject(Engine::Sqlite).many(); }),
               "sqlite3", sqlite);
    print_lone("sqlite", Subject(Engine::Sqlite).lone());
    const double insert = best_of_three([] { return RawPostgres().insert(); });
    const double copy = best_of_three([] { return RawPostgres().copy(); });
    print_rate("postgres", "raw INSERT", insert, "libpq INSERT", insert);
    print_rate("postgres", "raw COPY", copy, "libpq COPY", copy);
    print_rate("postgres", "writer, one job a row", best_of_three([] { return Subject(Engine::Postgres).single(); }),
               "libpq INSERT", insert);
    print_rate("postgres", "writer, 256 rows a job", best_of_three([] { return Subject(Engine::Postgres).many(); }),
               "libpq COPY", copy);
    print_lone("postgres", Subject(Engine::Postgres).lone());
    return 0;
  } catch (const std::exception& error) {
    std::cerr << "bench store: " << error.what() << "\n";
    return 1;
  }
}
