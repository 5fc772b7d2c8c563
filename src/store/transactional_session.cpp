#include "store/transactional_session.hpp"

namespace millwright::store {
namespace {

constexpr std::size_t text_bytes_max = 256u << 20;

Result<void> check_values(const Statement& statement, const Values& values) {
  for (const Value& value : values) {
    const auto* text = std::get_if<std::string>(&value);
    if (text == nullptr) continue;
    if (text->find('\0') != std::string::npos) {
      return fail(ErrorCode::InvalidInput, "{}: a text holds a NUL byte, which no database column takes",
                  statement.name);
    }
    if (text->size() > text_bytes_max) return fail(ErrorCode::TooLarge, "{}: a text is over 256 MiB", statement.name);
  }
  return {};
}

}  // namespace

template <class T>
Result<T> TransactionalSession::watched(Result<T> result) {
  if (!result && is_in_transaction_ && !doom_) doom_ = result.error();
  return result;
}

Result<void> TransactionalSession::ready() {
  if (!is_in_transaction_) return restore();
  if (doom_) {
    return fail(doom_->code, "the transaction has already failed: {}", doom_->message);
  }
  return {};
}

Result<Rows> TransactionalSession::query(const Statement& statement, const Values& values) {
  auto can = ready();
  if (!can) return pass(can);
  auto valid = check_values(statement, values);
  if (!valid) return watched<Rows>(pass(valid));
  return watched(do_query(statement, values));
}

Result<std::int64_t> TransactionalSession::execute(const Statement& statement, const Values& values) {
  auto can = ready();
  if (!can) return pass(can);
  auto valid = check_values(statement, values);
  if (!valid) return watched<std::int64_t>(pass(valid));
  return watched(do_execute(statement, values));
}

Result<void> TransactionalSession::execute_many(const Statement& statement, const std::vector<Values>& rows) {
  if (rows.empty()) return {};
  if (!is_in_transaction_) {
    return transaction([&] { return execute_many(statement, rows); });
  }
  auto can = ready();
  if (!can) return can;
  for (const Values& values : rows) {
    auto valid = check_values(statement, values);
    if (!valid) return watched(std::move(valid));
  }
  return watched(do_execute_many(statement, rows));
}

Result<void> TransactionalSession::prepare(const Statement& statement) {
  auto can = ready();
  if (!can) return can;
  return watched(do_prepare(statement));
}

Result<void> TransactionalSession::run_script(std::string_view script) {
  auto can = ready();
  if (!can) return can;
  return watched(do_script(script));
}

Result<void> TransactionalSession::transaction(const std::function<Result<void>()>& body) {
  if (is_in_transaction_) return fail(ErrorCode::Internal, "a transaction inside a transaction; use savepoint");
  auto can = restore();
  if (!can) return can;
  auto begun = do_script(begin_text());
  if (!begun) return begun;
  is_in_transaction_ = true;
  is_impaired_ = false;
  doom_.reset();
  try {
    return end_transaction(body());
  } catch (...) {
    do_rollback();
    is_in_transaction_ = false;
    throw;
  }
}

Result<void> TransactionalSession::end_transaction(Result<void> outcome) {
  if (outcome && doom_) outcome = std::unexpected(*doom_);
  if (outcome) outcome = do_script("COMMIT");
  if (!outcome) do_rollback();
  is_in_transaction_ = false;
  return outcome;
}

Result<void> TransactionalSession::savepoint(const std::function<Result<void>()>& body) {
  if (!is_in_transaction_) return fail(ErrorCode::Internal, "a savepoint outside a transaction");
  auto can = ready();
  if (!can) return can;
  auto set = watched(do_script("SAVEPOINT unit"));
  if (!set) return set;
  Result<void> outcome;
  try {
    outcome = body();
  } catch (...) {
    if (!doom_) doom_ = fail(ErrorCode::Internal, "an exception left a savepoint").error();
    throw;
  }
  if (outcome && doom_) outcome = std::unexpected(*doom_);
  if (outcome) return watched(do_script("RELEASE SAVEPOINT unit"));
  auto undone = do_script("ROLLBACK TO SAVEPOINT unit; RELEASE SAVEPOINT unit");
  if (undone) doom_.reset();
  else if (!doom_) doom_ = undone.error();
  return outcome;
}

}  // namespace millwright::store
