#include "features/finops/ledger_store.hpp"

#include <charconv>
#include <functional>
#include <map>

#include "base/text.hpp"
#include "features/finops/finops_sql.hpp"
#include "features/finops/scopes.hpp"

namespace millwright::finops {
namespace {

constexpr std::int64_t hour_us = 3'600'000'000;

Id id_of(std::int64_t high, std::int64_t low) {
  std::array<std::uint8_t, 16> bytes{};
  for (std::size_t i = 0; i < 8; ++i) {
    bytes[7 - i] = static_cast<std::uint8_t>(static_cast<std::uint64_t>(high) >> (8 * i));
    bytes[15 - i] = static_cast<std::uint8_t>(static_cast<std::uint64_t>(low) >> (8 * i));
  }
  return Id(bytes);
}

}  // namespace

std::int64_t hour_of(Timestamp time) { return to_micros(time) / hour_us; }
std::int64_t high_of(Id id) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < 8; ++i) value = value << 8 | id.bytes()[i];
  return static_cast<std::int64_t>(value);
}
std::int64_t low_of(Id id) {
  std::uint64_t value = 0;
  for (std::size_t i = 8; i < 16; ++i) value = value << 8 | id.bytes()[i];
  return static_cast<std::int64_t>(value);
}
std::int64_t flags_of(const LedgerRow& row) {
  return (row.is_estimated ? 1 : 0) + (row.is_unpriced ? 2 : 0) + (row.is_cache_hit ? 4 : 0);
}

std::int64_t first_trace_high_at(Timestamp time, Duration slack) {
  const auto ms = std::max<std::int64_t>(to_micros(time) / 1000 + slack.count(), 0);
  return ms >= (std::int64_t{1} << 47) ? INT64_MAX : ms << 16;
}

LedgerStore::LedgerStore(store::Database& database) : database_(database) {}

Result<void> LedgerStore::load_names() {
  auto rows = database_.select(sql::list_names);
  if (!rows) return pass(rows);
  const std::scoped_lock lock(mutex_);
  numbers_.clear();
  names_.clear();
  last_names_.fill({std::string(), -1});
  for (const auto& row : *rows) {
    const auto number = static_cast<std::size_t>(row.integer(0));
    if (names_.size() <= number) names_.resize(number + 1);
    names_[number] = row.text(1);
    numbers_[row.text(1)] = row.integer(0);
  }
  return {};
}

Result<std::int64_t> LedgerStore::number_of(store::Session& session, const std::string& name) {
  {
    const std::scoped_lock lock(mutex_);
    const auto known = numbers_.find(name);
    if (known != numbers_.end()) return known->second;
  }
  // Only the writer's thread adds names, so the next number is stable here.
  const auto number = static_cast<std::int64_t>(names_.size());
  auto inserted = session.execute(sql::insert_name, {number, name});
  if (!inserted) return pass(inserted);
  const std::scoped_lock lock(mutex_);
  names_.push_back(name);
  numbers_[name] = number;
  uncommitted_names_.push_back(number);
  return number;
}

void LedgerStore::note_committed() { uncommitted_names_.clear(); }

Result<void> LedgerStore::repeat_uncommitted_names(store::Session& session) {
  for (const auto number : uncommitted_names_) {
    auto inserted = session.execute(sql::insert_name, {number, name_of(number)});
    if (!inserted) return pass(inserted);
  }
  return {};
}

std::optional<std::int64_t> LedgerStore::find_number(std::string_view name) const {
  const std::scoped_lock lock(mutex_);
  const auto known = numbers_.find(std::string(name));
  return known == numbers_.end() ? std::nullopt : std::optional(known->second);
}

std::string LedgerStore::name_of(std::int64_t number) const {
  const std::scoped_lock lock(mutex_);
  return static_cast<std::size_t>(number) < names_.size() ? names_[static_cast<std::size_t>(number)] : std::string();
}

Result<store::Values> LedgerStore::values_of(store::Session& session, const PendingRow& pending) {
  const auto& row = pending.row;
  const auto& facts = row.facts;
  store::Values values{high_of(facts.trace), low_of(facts.trace), std::int64_t{pending.attempt},
                       to_micros(facts.time)};
  values.reserve(34);
  const std::array names{&facts.use_case, &facts.team,     &facts.user,    &facts.key,     &facts.environment,
                         &facts.model,    &facts.provider, &facts.release, &facts.surface, &facts.price_version};
  for (std::size_t i = 0; i < names.size(); ++i) {
    auto& last = last_names_.at(i);
    if (last.second < 0 || last.first != *names[i]) {
      auto number = number_of(session, *names[i]);
      if (!number) return pass(number);
      last = {*names[i], *number};
    }
    values.emplace_back(last.second);
  }
  for (const std::int64_t value :
       {std::int64_t{static_cast<std::uint8_t>(row.status)}, std::int64_t{row.http_status}, flags_of(row),
        row.tokens.input, row.tokens.cache_read, row.tokens.cache_write, row.tokens.output, row.tokens.reasoning,
        row.cost.nano(), row.saved.nano(), std::int64_t{row.duration_us}, std::int64_t{row.first_token_us}}) {
    values.emplace_back(value);
  }
  values.emplace_back(to_valid_utf8(row.provider_request));
  const auto add_rare = [&values](std::int64_t value) {
    values.push_back(value == 0 ? store::Value() : store::Value(value));
  };
  for (std::size_t i = telemetry::common_meters; i < priced_meters.size(); ++i) {
    add_rare(row.tokens.*priced_meters[i].count);
  }
  add_rare(static_cast<std::int64_t>(row.tier));
  return values;
}

Result<void> LedgerStore::insert(store::Session& session, const std::vector<const PendingRow*>& rows,
                                 bool is_replay) {
  // A transaction that was rolled back took its new names with it.
  auto repeated = repeat_uncommitted_names(session);
  if (!repeated) return repeated;
  std::vector<store::Values> batch;
  batch.reserve(rows.size());
  std::map<std::int64_t, std::map<std::string, Money, std::less<>>> spend;   // by hour and scope
  for (const auto* row : rows) {
    const auto& pending = *row;
    if (is_replay) {
      const auto id = pending.row.facts.trace;
      auto count = session.query(sql::count_ledger_row, {high_of(id), low_of(id), std::int64_t{pending.attempt}});
      if (!count) return pass(count);
      if ((*count)[0].integer(0) != 0) continue;
    }
    auto values = values_of(session, pending);
    if (!values) return pass(values);
    batch.push_back(std::move(*values));
    if (pending.row.cost == Money()) continue;
    auto& by_scope = spend[hour_of(pending.row.facts.time)];
    for_each_scope(pending.row.facts, [&](std::string_view scope) {
      const auto known = by_scope.find(scope);
      if (known != by_scope.end()) known->second += pending.row.cost;
      else by_scope.emplace(scope, pending.row.cost);
    });
  }
  if (batch.empty()) return {};
  auto inserted = session.execute_many(sql::insert_ledger_row, batch);
  if (!inserted) return inserted;
  for (const auto& [hour, by_scope] : spend) {
    for (const auto& [scope, cost] : by_scope) {
      auto added = session.execute(sql::add_spend, {scope, hour, cost.nano()});
      if (!added) return pass(added);
    }
  }
  return {};
}

Result<Money> LedgerStore::settled(std::string_view scope, PeriodBounds bounds) {
  const auto to_hour = bounds.end == Timestamp::max() ? INT64_MAX : to_micros(bounds.end) / hour_us;
  auto rows = database_.select(sql::sum_spend, {std::string(scope), to_micros(bounds.start) / hour_us, to_hour});
  if (!rows) return pass(rows);
  return Money::from_nano((*rows)[0].integer(0));
}

LedgerRow LedgerStore::read_row(const store::Row& row) const {
  LedgerRow read;
  read.facts.trace = id_of(row.integer(0), row.integer(1));
  read.facts.time = row.time(3);
  std::size_t column = 4;
  for (auto* name : {&read.facts.use_case, &read.facts.team, &read.facts.user, &read.facts.key,
                     &read.facts.environment, &read.facts.model, &read.facts.provider, &read.facts.release,
                     &read.facts.surface, &read.facts.price_version}) {
    *name = name_of(row.integer(column++));
  }
  read.status = static_cast<telemetry::TraceStatus>(row.integer(14));
  read.http_status = static_cast<std::uint16_t>(row.integer(15));
  const auto flags = row.integer(16);
  read.is_estimated = (flags & 1) != 0;
  read.is_unpriced = (flags & 2) != 0;
  read.is_cache_hit = (flags & 4) != 0;
  for (std::size_t i = 0; i < telemetry::common_meters; ++i) read.tokens.*priced_meters[i].count = row.integer(17 + i);
  read.cost = Money::from_nano(row.integer(22));
  read.saved = Money::from_nano(row.integer(23));
  read.duration_us = static_cast<std::uint32_t>(row.integer(24));
  read.first_token_us = static_cast<std::uint32_t>(row.integer(25));
  read.provider_request = row.text(26);
  for (std::size_t i = telemetry::common_meters; i < priced_meters.size(); ++i) {
    read.tokens.*priced_meters[i].count = row.integer(27 + i - telemetry::common_meters);
  }
  read.tier = static_cast<ServiceTier>(std::clamp<std::int64_t>(row.integer(33), 0, 4));
  if (!row.is_null(34)) read.original_cost = Money::from_nano(row.integer(34));
  return read;
}

Result<LedgerRow> LedgerStore::load(Id trace) {
  auto rows = database_.select(sql::rows_of_trace, {high_of(trace), low_of(trace)});
  if (!rows) return pass(rows);
  if (rows->empty()) return fail(ErrorCode::NotFound, "the ledger has no call {}", trace.text());
  return read_row((*rows)[0]);
}

namespace {

/// Where a page ended: the rows of one call may be on two.
struct Cursor {
  Id trace;
  std::int64_t attempt = 0;
};

/// "TRACE.ATTEMPT"; empty: before everything.
Result<Cursor> parse_cursor(const std::string& text) {
  if (text.empty()) return Cursor{id_of(INT64_MAX, INT64_MAX), 0};
  const auto dot = std::min(text.find('.'), text.size());
  const auto trace = Id::parse(std::string_view(text).substr(0, dot));
  Cursor cursor;
  const auto* end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data() + std::min(dot + 1, text.size()), end, cursor.attempt);
  if (!trace || parsed.ec != std::errc() || parsed.ptr != end) {
    return fail(ErrorCode::InvalidInput, "\"{}\" is not a cursor of this list", text);
  }
  cursor.trace = *trace;
  return cursor;
}

}  // namespace

Result<LedgerPage> LedgerStore::page(const LedgerQuery& query) {
  auto before = parse_cursor(query.cursor);
  if (!before) return pass(before);
  const auto limit = std::clamp<std::size_t>(query.limit, 1, 1000);
  store::Values values{high_of(before->trace), low_of(before->trace), before->attempt,
                       query.from ? first_trace_high_at(*query.from) : std::int64_t{0},
                       query.to ? first_trace_high_at(*query.to) : INT64_MAX};
  for (const auto* name : {&query.use_case, &query.team, &query.user, &query.model}) {
    const auto number = find_number(*name);
    if (!name->empty() && !number) return LedgerPage{};
    values.emplace_back(std::int64_t{name->empty() ? 1 : 0});
    values.emplace_back(number.value_or(-1));
  }
  std::int64_t status = -1;
  for (int i = 0; i <= static_cast<int>(telemetry::TraceStatus::Interrupted); ++i) {
    if (telemetry::status_name(static_cast<telemetry::TraceStatus>(i)) == query.status) status = i;
  }
  if (!query.status.empty() && status < 0) {
    return fail(ErrorCode::InvalidInput, "\"{}\" is not a status of a call", query.status);
  }
  values.emplace_back(std::int64_t{query.status.empty() ? 1 : 0});
  values.emplace_back(status);
  values.emplace_back(static_cast<std::int64_t>(limit + 1));
  auto rows = database_.select(sql::page_rows, values);
  if (!rows) return pass(rows);
  LedgerPage page;
  for (const auto& row : *rows) page.rows.push_back(read_row(row));
  if (page.rows.size() > limit) {
    page.rows.resize(limit);
    page.next_cursor = fmt::format("{}.{}", page.rows.back().facts.trace.text(), (*rows)[limit - 1].integer(2));
  }
  return page;
}

}  // namespace millwright::finops
