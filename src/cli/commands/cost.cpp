// Costs, budgets and outcomes.
#include "cli/context.hpp"
#include "cli/nouns.hpp"

namespace millwright::cli {

namespace {

std::string window_query(const Arguments& arguments) {
  std::string query;
  if (arguments.has("--from")) query += "&from=" + encoded(arguments.text("--from"));
  if (arguments.has("--to")) query += "&to=" + encoded(arguments.text("--to"));
  return query;
}

Result<int> report(Context& context, const Arguments& arguments) {
  const auto by = arguments.text_or("--by", "use_case");
  const auto path = fmt::format("/api/v1/costs?by={}{}", encoded(by), window_query(arguments));
  if (arguments.has("--csv") || arguments.has("--focus")) {
    auto text = context.get_text(path + (arguments.has("--csv") ? "&format=csv" : "&format=focus"));
    if (!text) return pass(text);
    context.out().raw(*text);
    return 0;
  }
  auto answer = context.get(path);
  if (!answer) return pass(answer);
  context.out().json(*answer);
  if (context.out().is_json()) return 0;
  std::vector<Column> columns;
  const auto dimensions = member_at(*answer, "by");
  for (const auto& name : dimensions.get_array()) {
    const std::string field(name.get_string());
    columns.push_back({field, field});
  }
  for (const auto field : {"requests", "input_tokens", "output_tokens", "cost_usd", "saved_usd"}) {
    columns.push_back({field, field});
  }
  context.out().table(member_at(*answer, "rows"), columns);
  context.out().fields(*answer, {{"total.requests", "requests"}, {"total.cost_usd", "total USD"},
                                 {"unpriced", "unpriced"}, {"estimated", "estimated"}});
  return 0;
}

Result<int> rerate(Context& context, const Arguments& arguments) {
  json::object body{{"from", arguments.text("--from")}, {"dry_run", arguments.has("--dry-run")}};
  if (arguments.has("--to")) body["to"] = arguments.text("--to");
  auto answer = context.post("/api/v1/costs/rerate", body);
  if (!answer) return pass(answer);
  context.out().json(*answer);
  if (context.out().is_json()) return 0;
  context.out().table(json::object{{"items", member_at(*answer, "rows")}},
                      {{"use_case", "USE CASE"}, {"calls", "CALLS"}, {"changed", "CHANGED"},
                       {"before_usd", "BEFORE USD"}, {"after_usd", "AFTER USD"}, {"difference_usd", "DIFFERENCE"}});
  context.out().fields(*answer, {{"total.changed", "changed"}, {"total.difference_usd", "difference USD"},
                                 {"unknown", "without a price"}, {"unmetered", "without usage"}});
  if (arguments.has("--dry-run")) context.out().note("nothing was changed: leave out --dry-run to rate anew");
  return 0;
}

Result<int> budgets(Context& context, const Arguments&) {
  auto answer = context.get("/api/v1/budgets");
  if (!answer) return pass(answer);
  context.out().table(*answer, {{"scope", "SCOPE"}, {"limit_usd", "LIMIT USD"}, {"period", "PER"},
                                {"settled_usd", "SPENT"}, {"reserved_usd", "RESERVED"}, {"remaining_usd", "LEFT"},
                                {"percent", "%"}, {"forecast_usd", "FORECAST"}});
  return 0;
}

Result<int> limits(Context& context, const Arguments&) {
  auto answer = context.get("/api/v1/limits");
  if (!answer) return pass(answer);
  context.out().json(*answer);
  if (context.out().is_json()) return 0;
  json::array rows;
  for (const auto& limit : member_at(*answer, "items").as_array()) {
    auto row = limit.as_object();
    const auto members = row["members"].as_array();
    if (members.empty()) rows.emplace_back(row);
    for (const auto& member : members) {
      row["use"] = member;
      rows.emplace_back(row);
    }
  }
  context.out().table(json::object{{"items", std::move(rows)}},
                      {{"name", "LIMIT"}, {"scope", "SCOPE"}, {"use.member", "MEMBER"}, {"requests", "REQUESTS"},
                       {"use.requests.remaining", "LEFT"}, {"tokens", "TOKENS"}, {"use.tokens.remaining", "LEFT"},
                       {"concurrent", "AT ONCE"}, {"use.running", "RUNNING"}});
  return 0;
}

Result<int> record(Context& context, const Arguments& arguments) {
  json::object body{{"trace", arguments.text("--trace")}};
  if (arguments.has("--name")) body["name"] = arguments.text("--name");
  auto value = arguments.number("--value");
  if (!value) return pass(value);
  if (*value) body["value"] = **value;
  auto answer = context.post("/api/v1/outcomes", body);
  if (!answer) return pass(answer);
  context.out().json(*answer);
  context.out().fields(*answer, {{"use_case", "use case"}, {"name", "outcome"}, {"value", "value"}, {"worth_usd", "worth USD"}});
  return 0;
}

Result<int> outcomes(Context& context, const Arguments& arguments) {
  const auto query = window_query(arguments);
  auto answer = context.get("/api/v1/outcomes" + (query.empty() ? "" : "?" + query.substr(1)));
  if (!answer) return pass(answer);
  context.out().table(*answer, {{"use_case", "USE CASE"}, {"name", "OUTCOME"}, {"count", "COUNT"}, {"value", "VALUE"},
                                {"worth_usd", "WORTH USD"}, {"cost_usd", "COST USD"},
                                {"cost_per_outcome_usd", "USD EACH"}});
  return 0;
}

}  // namespace

Commands cost_commands() {
  const auto from = value("--from", "Date or time; the start of the month when absent.");
  const auto to = value("--to", "Date or time; now when absent.");
  return {
      {"cost", "report", "What was spent, by the dimensions asked for.",
       {value("--by", "Comma separated: use_case, team, user, key, environment, model, provider, release, day."), from, to,
        flag("--csv", "As CSV."), flag("--focus", "As FOCUS columns.")},
       {"millwright cost report --by team,use_case,model --from 2026-11-01"}, report},
      {"cost", "rerate", "Recompute what calls cost by the prices that held at their time.",
       {required_value("--from", "Date or time."), value("--to", "Date or time; now when absent."),
        flag("--dry-run", "Only say what would change.")},
       {"millwright cost rerate --from 2026-11-01 --dry-run"}, rerate},
      {"budget", "status", "Budgets of the running periods.", {}, {}, budgets},
      {"limit", "list", "How much of each limit is used, and by whom.", {}, {"millwright limit list --json"}, limits},
      {"outcome", "record", "Record what an answer was worth.",
       {required_value("--trace", "Trace of the answer."), value("--name", "The use case's own when absent."),
        value("--value", "1 when absent.")},
       {"millwright outcome record --trace 0193… --name ticket_resolved --value 1"}, record},
      {"outcome", "report", "Outcomes and what one costs.", {from, to}, {}, outcomes},
  };
}

}  // namespace millwright::cli
