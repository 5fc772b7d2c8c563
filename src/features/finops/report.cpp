// Costs by any dimensions: the database sums once over all of them, and what was asked for is folded here.
#include <map>

#include "base/text.hpp"
#include "features/finops/finops_sql.hpp"
#include "features/finops/ledger_store.hpp"

namespace millwright::finops {
namespace {

constexpr std::array<std::string_view, 9> dimension_names{"use_case", "team",     "user",    "key", "environment",
                                                          "model",    "provider", "release", "day"};
constexpr std::size_t day_column = 8;

Result<std::vector<std::size_t>> columns_of(const std::vector<std::string>& by) {
  std::vector<std::size_t> columns;
  for (const auto& name : by) {
    const auto found = std::ranges::find(dimension_names, name);
    if (found == dimension_names.end()) {
      auto error = fail(ErrorCode::InvalidInput, "costs cannot be split by \"{}\"", name);
      const auto near = nearest_name(name, dimension_names);
      error.error().where.field = "by";
      error.error().fix = near ? fmt::format("Did you mean \"{}\"?", *near)
                               : "Use use_case, team, user, key, environment, model, provider, release or day.";
      return error;
    }
    columns.push_back(static_cast<std::size_t>(found - dimension_names.begin()));
  }
  return columns;
}

std::string day_text(std::int64_t day) {
  return render_time(Timestamp(std::chrono::days(day))).substr(0, 10);
}

}  // namespace

Result<std::vector<CostRow>> LedgerStore::report(const CostQuery& query) {
  auto columns = columns_of(query.by);
  if (!columns) return pass(columns);
  // A row is dated when its call began, as its id is: ids narrow the search, the time itself decides.
  constexpr Duration slack(60'000);
  auto rows = database_.select(sql::sum_ledger, {first_trace_high_at(query.from, -slack),
                                                 first_trace_high_at(query.to, slack), to_micros(query.from),
                                                 to_micros(query.to)});
  if (!rows) return pass(rows);
  std::map<std::vector<std::string>, CostRow> folded;
  for (const auto& row : *rows) {
    std::vector<std::string> key;
    for (const auto column : *columns) {
      key.push_back(column == day_column ? day_text(row.integer(column)) : name_of(row.integer(column)));
    }
    auto& sum = folded[key];
    sum.dimensions = key;
    sum.requests += row.integer(9);
    for (std::size_t i = 0; i < priced_meters.size(); ++i) sum.tokens.*priced_meters[i].count += row.integer(10 + i);
    const std::size_t money = 10 + priced_meters.size();
    sum.cost += Money::from_nano(row.integer(money));
    sum.saved += Money::from_nano(row.integer(money + 1));
    sum.unpriced += row.integer(money + 2);
    sum.estimated += row.integer(money + 3);
  }
  std::vector<CostRow> report;
  for (auto& [key, sum] : folded) report.push_back(std::move(sum));
  std::ranges::stable_sort(report, std::ranges::greater{}, &CostRow::cost);
  return report;
}

Result<std::vector<UseSum>> LedgerStore::use_since(Timestamp from) {
  constexpr Duration slack(60'000);
  const auto nobody = find_number("").value_or(-1);
  auto rows = database_.select(sql::sum_use, {first_trace_high_at(from, -slack), to_micros(from), nobody,
                                              static_cast<std::int64_t>(telemetry::TraceStatus::Refused)});
  if (!rows) return pass(rows);
  std::vector<UseSum> sums;
  for (const auto& row : *rows) {
    sums.push_back({name_of(row.integer(0)), name_of(row.integer(1)), name_of(row.integer(2)), name_of(row.integer(3)),
                    name_of(row.integer(4)), name_of(row.integer(5)) == "shadow", row.integer(6), row.integer(7),
                    row.integer(8)});
  }
  return sums;
}

}  // namespace millwright::finops
