// What answers were worth: totals with cost per outcome, and recording one.
#include "api/admin/groups.hpp"
#include "api/admin/shapes.hpp"
#include "api/answer.hpp"
#include "api/fields.hpp"

namespace millwright::api {

namespace {

using io::http::Response;

Result<std::map<std::string, Money, std::less<>>> cost_by_use_case(finops::Accounts& accounts, Timestamp from,
                                                                   Timestamp to) {
  auto rows = accounts.report({{"use_case"}, from, to});
  if (!rows) return pass(rows);
  std::map<std::string, Money, std::less<>> costs;
  for (const auto& row : *rows) costs[row.dimensions.at(0)] += row.cost;
  return costs;
}

/// Cost of one outcome, rounded half up to a nano-dollar; null without outcomes.
json::value unit_cost(Money cost, std::int64_t count) {
  if (count <= 0) return nullptr;
  return money_json(Money::from_nano((cost.nano() + count / 2) / count));
}

Result<Response> list_outcomes(const OutcomeParts& parts, const Call& call) {
  Query query(call.request);
  const auto window = window_of(query, parts.clock->now());
  if (auto ok = query.check(); !ok) return pass(ok);
  auto totals = outcome_totals(*parts.outcomes, *parts.accounts, window.from, window.to);
  if (!totals) return pass(totals);
  return page_answer(std::move(*totals));
}

/// The use case a recording belongs to: the key's own, else the one named, else that of the trace.
Result<std::string> use_case_of(const OutcomeParts& parts, const Call& call, Id trace, const std::string& named) {
  const auto row = parts.accounts->load(trace);
  if (!row) return std::unexpected(row.error());
  const auto& of_trace = row->facts.use_case;
  const auto& principal = call.caller.principal;
  const bool is_foreign = (principal && !principal->use_case.empty() && principal->use_case != of_trace) ||
                          (!named.empty() && named != of_trace);
  if (is_foreign) return std::unexpected(not_found("trace of this use case", trace.text(), {}));
  return of_trace;
}

Result<Response> record_outcome(const OutcomeParts& parts, const Call& call) {
  Body body(call.request, {"trace", "name", "value", "use_case"});
  const auto trace_text = body.text("trace");
  auto name = body.text_or("name", {});
  const auto value = body.find_number("value", -1e12, 1e12).value_or(1);
  const auto named = body.text_or("use_case", {});
  if (auto ok = body.check(); !ok) return pass(ok);
  auto trace = Id::parse(trace_text);
  if (!trace) return pass(trace);
  auto use_case_name = use_case_of(parts, call, *trace, named);
  if (!use_case_name) return pass(use_case_name);
  if (name.empty()) {
    const auto use_case = load_use_case(*parts.gateway, *use_case_name);
    if (!use_case) return std::unexpected(use_case.error());
    name = use_case->outcome_name;
  }
  if (name.empty()) {
    Error error;
    error.code = ErrorCode::InvalidInput;
    error.message = "\"name\" is required: the use case declares no outcome";
    error.where = {"request body", "name", 0, 0, {}};
    error.fix = fmt::format("give a name, or declare `outcome` in the use case {}", *use_case_name);
    return std::unexpected(std::move(error));
  }
  const auto outcome = parts.outcomes->record(*trace, *use_case_name, name, value, call.caller.name);
  if (!outcome) return std::unexpected(outcome.error());
  return created(outcome_json(*outcome));
}

}  // namespace

Result<json::array> outcome_totals(const telemetry::Outcomes& outcomes, finops::Accounts& accounts, Timestamp from,
                                   Timestamp to) {
  auto totals = outcomes.totals(from, to);
  if (!totals) return pass(totals);
  auto costs = cost_by_use_case(accounts, from, to);
  if (!costs) return pass(costs);
  json::array array;
  for (const auto& total : *totals) {
    const auto cost = (*costs)[total.use_case];
    array.push_back(json::object{{"use_case", total.use_case},
                                 {"name", total.name},
                                 {"count", total.count},
                                 {"value", total.value},
                                 {"worth_usd", money_json(total.worth)},
                                 {"cost_usd", money_json(cost)},
                                 {"cost_per_outcome_usd", unit_cost(cost, total.count)}});
  }
  return array;
}

Routes outcome_routes(const OutcomeParts& parts) {
  using enum io::http::Method;
  return {
      row(Get, "/api/v1/outcomes", Access::Viewer, list_outcomes, parts),
      row(Post, "/api/v1/outcomes", Access::Key, record_outcome, parts),
  };
}

}  // namespace millwright::api
