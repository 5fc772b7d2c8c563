// What both engines' sessions share: transactions, savepoints, and the rule that a failed statement dooms its
// transaction, so that code behaves the same on either engine.
#pragma once

#include <optional>
#include <string_view>

#include "store/database.hpp"

namespace millwright::store {

enum class Access : std::uint8_t { ReadOnly, ReadWrite };

class TransactionalSession : public Session {
 public:
  [[nodiscard]] Result<Rows> query(const Statement& statement, const Values& values = {}) final;
  [[nodiscard]] Result<std::int64_t> execute(const Statement& statement, const Values& values = {}) final;
  [[nodiscard]] Result<void> execute_many(const Statement& statement, const std::vector<Values>& rows) final;
  [[nodiscard]] Result<void> transaction(const std::function<Result<void>()>& body) final;
  [[nodiscard]] Result<void> savepoint(const std::function<Result<void>()>& body) final;
  [[nodiscard]] Result<void> prepare(const Statement& statement) final;
  [[nodiscard]] bool is_impaired() const final { return is_impaired_; }

  /// Statements without parameters and results, separated by ";": migrations and settings.
  [[nodiscard]] Result<void> run_script(std::string_view script);
  /// Mends a connection that broke while idle. Called before work outside a transaction.
  [[nodiscard]] virtual Result<void> restore() = 0;

 protected:
  [[nodiscard]] virtual Result<Rows> do_query(const Statement& statement, const Values& values) = 0;
  [[nodiscard]] virtual Result<std::int64_t> do_execute(const Statement& statement, const Values& values) = 0;
  [[nodiscard]] virtual Result<void> do_execute_many(const Statement& statement, const std::vector<Values>& rows) = 0;
  [[nodiscard]] virtual Result<void> do_prepare(const Statement& statement) = 0;
  [[nodiscard]] virtual Result<void> do_script(std::string_view script) = 0;
  [[nodiscard]] virtual std::string_view begin_text() const = 0;
  /// Rolls back whatever is open; never fails (a lost connection has rolled back by itself).
  virtual void do_rollback() = 0;

  /// For the engines: this failure came from the connection or the disk, not from the statement.
  void note_impaired() { is_impaired_ = true; }
  [[nodiscard]] bool is_in_transaction() const { return is_in_transaction_; }

 private:
  template <class T>
  Result<T> watched(Result<T> result);
  [[nodiscard]] Result<void> ready();
  [[nodiscard]] Result<void> end_transaction(Result<void> outcome);

  bool is_in_transaction_ = false;
  bool is_impaired_ = false;
  std::optional<Error> doom_;   // the first error inside the open transaction
};

}  // namespace millwright::store
