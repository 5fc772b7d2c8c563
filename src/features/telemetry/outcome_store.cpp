// Outcomes: what an answer was worth, tied to its trace.
#include <atomic>
#include <cmath>
#include <limits>
#include <map>

#include "base/text.hpp"
#include "features/telemetry/telemetry.hpp"
#include "features/telemetry/telemetry_sql.hpp"

namespace millwright::telemetry {
namespace {

constexpr double value_max = 1e9;
constexpr std::size_t name_bytes_max = 64;

/// By use case, then by name.
using Definitions = std::map<std::string, std::map<std::string, Money, std::less<>>, std::less<>>;

/// value × worth in nano-USD, rounded half away from zero, saturating.
Money worth_of(double value, Money worth) {
  const long double nano = std::round(static_cast<long double>(value) * static_cast<long double>(worth.nano()));
  constexpr auto limit = static_cast<long double>(std::numeric_limits<std::int64_t>::max());
  if (nano >= limit) return Money::from_nano(std::numeric_limits<std::int64_t>::max());
  if (nano <= -limit) return Money::from_nano(-std::numeric_limits<std::int64_t>::max());
  return Money::from_nano(static_cast<std::int64_t>(nano));
}

Result<Money> declared_worth(const Definitions& definitions, std::string_view use_case, std::string_view name) {
  const auto known = definitions.find(use_case);
  if (known == definitions.end()) return Money();
  const auto found = known->second.find(name);
  if (found != known->second.end()) return found->second;
  std::vector<std::string_view> names;
  for (const auto& [candidate, worth] : known->second) names.push_back(candidate);
  auto error = fail(ErrorCode::InvalidInput, "use case \"{}\" has no outcome \"{}\"", use_case, name);
  error.error().where.field = "name";
  if (const auto nearest = nearest_name(name, names))
    error.error().fix = "did you mean \"" + *nearest + "\"?";
  else
    error.error().fix = "declare it as use_cases[].outcome, or record \"" + std::string(names.front()) + "\"";
  return error;
}

Result<void> check_input(std::string_view name, double value) {
  if (name.empty() || name.size() > name_bytes_max || first_invalid_utf8(name)) {
    auto error = fail(ErrorCode::InvalidInput, "an outcome's name has 1 to {} bytes", name_bytes_max);
    error.error().where.field = "name";
    return error;
  }
  if (!std::isfinite(value) || std::abs(value) > value_max) {
    auto error = fail(ErrorCode::InvalidInput, "an outcome's value is a number between -{0} and {0}", value_max);
    error.error().where.field = "value";
    return error;
  }
  return {};
}

}  // namespace

struct Outcomes::State {
  store::Database& database;
  store::Writer& writer;
  const Clock& clock;
  TraceStore traces;
  std::atomic<std::shared_ptr<const Definitions>> definitions;
};

Outcomes::Outcomes(store::Database& database, store::Writer& writer, const Clock& clock)
    : state_(new State{database, writer, clock, TraceStore(database, writer), std::make_shared<const Definitions>()}) {}
Outcomes::~Outcomes() = default;

void Outcomes::replace_definitions(std::vector<Definition> definitions) {
  auto next = std::make_shared<Definitions>();
  for (Definition& definition : definitions) (*next)[definition.use_case][definition.name] = definition.worth;
  state_->definitions.store(std::move(next));
}

Result<Outcome> Outcomes::record(Id trace, std::string_view use_case, std::string_view name, double value,
                                 std::string_view source) {
  auto checked = check_input(name, value);
  if (!checked) return pass(checked);
  auto found = state_->traces.load(trace);
  if (!found) return pass(found);
  // Another use case's trace is as unknown as one that does not exist.
  if (!use_case.empty() && found->use_case != use_case) return fail(ErrorCode::NotFound, "no trace {}", trace.text());
  auto worth = declared_worth(*state_->definitions.load(), found->use_case, name);
  if (!worth) return pass(worth);
  Outcome outcome{.id = Id::generate(),
                  .time = state_->clock.now(),
                  .trace = trace,
                  .use_case = found->use_case,
                  .name = std::string(name),
                  .value = value,
                  .worth = worth_of(value, *worth),
                  .source = to_valid_utf8(source)};
  auto stored = state_->writer.run([&outcome](store::Session& session) -> Result<void> {
    auto written = session.execute(sql::upsert_outcome,
                                   {outcome.id.text(), to_micros(outcome.time), outcome.trace.text(), outcome.use_case,
                                    outcome.name, outcome.value, outcome.worth.nano(), outcome.source});
    if (!written) return pass(written);
    return {};
  });
  if (!stored) return pass(stored);
  auto rows = of_trace(trace);
  if (!rows) return pass(rows);
  for (Outcome& row : *rows) {
    if (row.name == name) return std::move(row);
  }
  return outcome;
}

Result<std::vector<OutcomeTotals>> Outcomes::totals(Timestamp from, Timestamp to) const {
  auto rows = state_->database.select(sql::outcome_totals, {to_micros(from), to_micros(to)});
  if (!rows) return pass(rows);
  std::vector<OutcomeTotals> totals;
  for (const store::Row& row : *rows) {
    totals.push_back({row.text(0), row.text(1), row.integer(2), row.real(3), Money::from_nano(row.integer(4))});
  }
  return totals;
}

Result<std::vector<Outcome>> Outcomes::of_trace(Id trace) const {
  auto rows = state_->database.select(sql::outcomes_of_trace, {trace.text()});
  if (!rows) return pass(rows);
  std::vector<Outcome> outcomes;
  for (const store::Row& row : *rows) {
    auto id = Id::parse(row.text(0));
    if (!id) return pass(id);
    outcomes.push_back({*id, row.time(1), trace, row.text(2), row.text(3), row.real(4),
                        Money::from_nano(row.integer(5)), row.text(6)});
  }
  return outcomes;
}

}  // namespace millwright::telemetry
