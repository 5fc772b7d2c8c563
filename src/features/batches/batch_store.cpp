#include "features/batches/batch_store.hpp"

#include "base/text.hpp"
#include "features/batches/batches_sql.hpp"
#include "features/batches/record.hpp"

namespace millwright::batches {
namespace {

std::string context_of(std::string_view batch, std::int64_t line) { return fmt::format("batch:{}:{}", batch, line); }

store::Values update_values(const Batch& batch) {
  return {std::string(status_name(batch.status)), render_record(batch), batch.id};
}

Result<void> done(Result<std::int64_t> changed) {
  if (!changed) return pass(changed);
  return {};
}

std::unexpected<Error> not_found(std::string_view id) {
  auto error = fail(ErrorCode::NotFound, "there is no batch \"{}\"", utf8_prefix(to_valid_utf8(id), 80));
  error.error().where.field = "batch_id";
  error.error().fix = "It is past its retention, or is another's.";
  return error;
}

}  // namespace

Result<void> BatchStore::insert(const Batch& batch) {
  const store::Values values{batch.id, batch.scope, node_, std::string(status_name(batch.status)),
                             to_micros(batch.created), render_record(batch)};
  return run([values](store::Session& session) { return done(session.execute(sql::insert_batch, values)); });
}

Result<void> BatchStore::update(const Batch& batch) {
  return run([values = update_values(batch)](store::Session& session) {
    return done(session.execute(sql::update_batch, values));
  });
}

Result<void> BatchStore::finish(const Batch& batch) {
  return run([values = update_values(batch), id = batch.id](store::Session& session) -> Result<void> {
    auto updated = done(session.execute(sql::update_batch, values));
    if (!updated) return updated;
    return done(session.execute(sql::forget_lines, {id}));
  });
}

Result<Batch> BatchStore::load(const std::string& id, const std::string& scope) {
  if (first_invalid_utf8(id) || id.find('\0') != std::string::npos) return not_found(id);
  auto rows = database_.select(sql::find_batch, {id, scope, scope});
  if (!rows) return pass(rows);
  if (rows->empty()) return not_found(id);
  return parse_record(rows->front().text(0));
}

Result<BatchPage> BatchStore::list(const std::string& scope, const std::string& after, std::size_t limit) {
  auto edge = Timestamp::max();
  if (!after.empty()) {
    auto batch = load(after, scope);
    if (!batch) {
      batch.error().where.field = "after";
      return pass(batch);
    }
    edge = batch->created;
  }
  // Those of the same microsecond as `after` come again and are left out below; there are hardly more than one.
  auto rows = database_.select(sql::list_batches,
                               {scope, scope, to_micros(edge), static_cast<std::int64_t>(limit + 65)});
  if (!rows) return pass(rows);
  BatchPage page;
  bool is_behind = after.empty();
  for (const auto& row : *rows) {
    auto batch = parse_record(row.text(0));
    if (!batch) return pass(batch);
    if (!is_behind) {
      is_behind = batch->id == after;
      continue;
    }
    if (page.batches.size() == limit) {
      page.has_more = true;
      break;
    }
    page.batches.push_back(std::move(*batch));
  }
  return page;
}

Result<std::vector<Batch>> BatchStore::unfinished() {
  auto rows = database_.select(sql::unfinished_batches, {node_});
  if (!rows) return pass(rows);
  std::vector<Batch> batches;
  for (const auto& row : *rows) {
    auto batch = parse_record(row.text(0));
    if (!batch) return pass(batch);
    batches.push_back(std::move(*batch));
  }
  return batches;
}

Result<std::int64_t> BatchStore::drop_before(Timestamp time) {
  std::int64_t dropped = 0;
  auto ran = run([&dropped, before = to_micros(time)](store::Session& session) -> Result<void> {
    auto count = session.execute(sql::drop_batches, {before});
    if (!count) return pass(count);
    dropped = *count;
    return {};
  });
  if (!ran) return pass(ran);
  return dropped;
}

Result<void> BatchStore::start_line(const std::string& batch, std::int64_t line, Id trace) {
  return run([values = store::Values{batch, line, trace.text()}](store::Session& session) {
    return done(session.execute(sql::start_line, values));
  });
}

Result<void> BatchStore::send_lines(const Batch& batch, std::vector<LineResult> lines) {
  std::vector<store::Values> rows;
  for (const auto& line : lines) {
    auto sealed = seal(batch.id, line);
    if (!sealed) return pass(sealed);
    rows.push_back({batch.id, line.line, line.trace, std::move(*sealed)});
  }
  return run([rows = std::move(rows), values = update_values(batch)](store::Session& session) -> Result<void> {
    auto inserted = session.execute_many(sql::send_line, rows);
    if (!inserted) return inserted;
    return done(session.execute(sql::update_batch, values));
  });
}

Result<void> BatchStore::forget_lines(const std::string& batch, std::vector<std::int64_t> lines) {
  if (lines.empty()) return {};
  std::vector<store::Values> rows;
  for (const auto line : lines) rows.push_back({batch, line});
  return run([rows = std::move(rows)](store::Session& session) { return session.execute_many(sql::forget_line, rows); });
}

Result<std::string> BatchStore::seal(const std::string& batch, const LineResult& result) const {
  auto sealed = vault_.seal(result.text, context_of(batch, result.line));
  if (!sealed) return pass(sealed);
  return to_base64(*sealed);
}

io::Task<Result<void>> BatchStore::finish_line(std::string batch, LineResult result) {
  auto sealed = seal(batch, result);
  if (!sealed) co_return pass(sealed);
  store::Values values{result.state, result.cost.nano(), std::move(*sealed), std::move(batch), result.line};
  auto job = [values = std::move(values)](store::Session& session) {
    return done(session.execute(sql::finish_line, values));
  };
  auto committed = co_await writer_.commit(std::move(job));
  co_return committed;
}

Result<void> BatchStore::finish_line_blocking(const std::string& batch, const LineResult& result) {
  auto sealed = seal(batch, result);
  if (!sealed) return pass(sealed);
  const store::Values values{result.state, result.cost.nano(), std::move(*sealed), batch, result.line};
  return run([values](store::Session& session) { return done(session.execute(sql::finish_line, values)); });
}

io::Task<Result<void>> BatchStore::forget_line(std::string batch, std::int64_t line) {
  store::Values values{std::move(batch), line};
  auto job = [values = std::move(values)](store::Session& session) {
    return done(session.execute(sql::forget_line, values));
  };
  auto committed = co_await writer_.commit(std::move(job));
  co_return committed;
}

Result<std::vector<LineState>> BatchStore::states(const std::string& batch) {
  auto rows = database_.select(sql::line_states, {batch});
  if (!rows) return pass(rows);
  std::vector<LineState> states;
  for (const auto& row : *rows) {
    states.push_back({row.integer(0), row.text(1), row.text(2), Money::from_nano(row.integer(3))});
  }
  return states;
}

Result<std::vector<LineResult>> BatchStore::results(const std::string& batch, std::int64_t after, std::size_t limit) {
  auto rows = database_.select(sql::list_lines, {batch, after, static_cast<std::int64_t>(limit)});
  if (!rows) return pass(rows);
  std::vector<LineResult> results;
  for (const auto& row : *rows) {
    LineResult result;
    result.line = row.integer(0);
    result.state = row.text(1);
    result.trace = row.text(2);
    result.cost = Money::from_nano(row.integer(3));
    if (!row.text(4).empty()) {
      auto sealed = from_base64(row.text(4));
      if (!sealed) return fail(ErrorCode::Corrupt, "line {} of batch {} is no base64", result.line, batch);
      auto text = vault_.unseal(*sealed, context_of(batch, result.line));
      if (!text) return pass(text);
      result.text = std::move(*text);
    }
    results.push_back(std::move(result));
  }
  return results;
}

std::span<const store::Migration> migrations() { return sql::migrations; }

}  // namespace millwright::batches
