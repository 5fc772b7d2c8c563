// Budgets and the cost report: as JSON, as CSV, or as FOCUS columns for finance tools.
#include "api/admin/groups.hpp"
#include "api/admin/shapes.hpp"
#include "api/answer.hpp"
#include "api/fields.hpp"
#include "base/text.hpp"
#include "features/gateway/gateway.hpp"

namespace millwright::api {

namespace {

using io::http::Response;

constexpr std::array<std::string_view, 9> dimensions{"use_case", "team",     "user",    "key", "environment",
                                                     "model",    "provider", "release", "day"};

struct Sums {
  std::int64_t requests = 0;
  finops::TokenCounts tokens;
  Money cost, saved;
  void add(const finops::CostRow& row) {
    requests += row.requests;
    tokens += row.tokens;
    cost += row.cost;
    saved += row.saved;
  }
};

void add_sums(json::object& object, const Sums& sums) {
  object["requests"] = sums.requests;
  object["input_tokens"] = sums.tokens.input;
  object["cached_input_tokens"] = sums.tokens.cache_read;
  object["cache_write_tokens"] = sums.tokens.cache_write;
  object["output_tokens"] = sums.tokens.output;
  object["reasoning_tokens"] = sums.tokens.reasoning;
  object["cache_write_1h_tokens"] = sums.tokens.cache_write_1h;
  object["audio_input_units"] = sums.tokens.audio_in;
  object["audio_output_units"] = sums.tokens.audio_out;
  object["image_input_units"] = sums.tokens.image_in;
  object["image_output_units"] = sums.tokens.image_out;
  object["tool_requests"] = sums.tokens.tool_requests;
  object["cost_usd"] = money_json(sums.cost);
  object["saved_usd"] = money_json(sums.saved);
}

Result<finops::CostQuery> read_query(const CostParts& parts, const Call& call) {
  Query query(call.request);
  const auto window = window_of(query, parts.clock->now());
  const auto by = query.text("by");
  if (auto ok = query.check(); !ok) return pass(ok);
  finops::CostQuery wanted{{}, window.from, window.to};
  for (const auto part : split(by, ',')) {
    const auto name = trimmed(part);
    if (name.empty()) continue;
    if (std::ranges::find(dimensions, name) == dimensions.end()) {
      std::vector<std::string> known(dimensions.begin(), dimensions.end());
      auto error = not_found("dimension", name, known);
      error.code = ErrorCode::InvalidInput;
      error.where.field = "by";
      if (error.fix.empty()) error.fix = fmt::format("there are: {}", fmt::join(dimensions, ", "));
      return std::unexpected(std::move(error));
    }
    if (std::ranges::find(wanted.by, name) == wanted.by.end()) wanted.by.emplace_back(name);
  }
  return wanted;
}

Response report_json(const finops::CostQuery& query, const std::vector<finops::CostRow>& rows) {
  json::array items;
  Sums total;
  std::int64_t unpriced = 0;
  std::int64_t estimated = 0;
  for (const auto& row : rows) {
    json::object item;
    for (std::size_t i = 0; i < query.by.size(); ++i) item[query.by[i]] = row.dimensions.at(i);
    Sums sums;
    sums.add(row);
    add_sums(item, sums);
    items.push_back(std::move(item));
    total.add(row);
    unpriced += row.unpriced;
    estimated += row.estimated;
  }
  json::object totals;
  add_sums(totals, total);
  return json_answer(json::object{{"by", texts_json(query.by)},
                                  {"from", render_time(query.from)},
                                  {"to", render_time(query.to)},
                                  {"rows", std::move(items)},
                                  {"total", std::move(totals)},
                                  {"unpriced", unpriced},
                                  {"estimated", estimated}});
}

/// RFC 4180; a leading = + - @ is defused, since spreadsheets would run it.
std::string csv_field(std::string_view text) {
  std::string field(text);
  if (!field.empty() && std::string_view("=+-@\t\r").find(field[0]) != std::string_view::npos) field.insert(0, "'");
  if (field.find_first_of(",\"\r\n") == std::string::npos) return field;
  std::string quoted = "\"";
  for (const char c : field) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + "\"";
}

Response report_csv(const finops::CostQuery& query, const std::vector<finops::CostRow>& rows) {
  std::string text;
  for (const auto& name : query.by) text += name + ",";
  text += "requests,input_tokens,cached_input_tokens,cache_write_tokens,output_tokens,reasoning_tokens,cost_usd,"
          "saved_usd,cache_write_1h_tokens,audio_input_units,audio_output_units,image_input_units,image_output_units,"
          "tool_requests\r\n";
  for (const auto& row : rows) {
    for (const auto& value : row.dimensions) text += csv_field(value) + ",";
    const auto& tokens = row.tokens;
    text += fmt::format("{},{},{},{},{},{},{},{},{},{},{},{},{},{}\r\n", row.requests, tokens.input, tokens.cache_read,
                        tokens.cache_write, tokens.output, tokens.reasoning, render_decimal(row.cost),
                        render_decimal(row.saved), tokens.cache_write_1h, tokens.audio_in, tokens.audio_out,
                        tokens.image_in, tokens.image_out, tokens.tool_requests);
  }
  return text_answer(std::move(text), "text/csv; charset=utf-8");
}

/// The columns of FOCUS (FinOps Open Cost and Usage Specification) that a metered model call can fill.
Response report_focus(const finops::CostQuery& query, const std::vector<finops::CostRow>& rows) {
  const auto column = [&query](const finops::CostRow& row, std::string_view name) -> std::string {
    const auto found = std::ranges::find(query.by, name);
    return found == query.by.end() ? std::string()
                                   : row.dimensions.at(static_cast<std::size_t>(found - query.by.begin()));
  };
  std::string text =
      "BilledCost,EffectiveCost,BillingCurrency,ChargePeriodStart,ChargePeriodEnd,ChargeCategory,ServiceCategory,"
      "ProviderName,SkuId,ConsumedQuantity,ConsumedUnit,SubAccountName,Tags\r\n";
  for (const auto& row : rows) {
    json::object tags;
    for (std::size_t i = 0; i < query.by.size(); ++i) tags[query.by[i]] = row.dimensions.at(i);
    std::int64_t consumed = 0;
    for (const auto& meter : finops::priced_meters) {
      if (meter.side != finops::MeterSide::Tool) consumed += row.tokens.*meter.count;
    }
    const auto cost = render_decimal(row.cost);
    text += fmt::format("{},{},USD,{},{},Usage,AI and Machine Learning,{},{},{},Tokens,{},{}\r\n", cost, cost,
                        render_time(query.from), render_time(query.to), csv_field(column(row, "provider")),
                        csv_field(column(row, "model")), consumed, csv_field(column(row, "team")),
                        csv_field(json::serialize(tags)));
  }
  return text_answer(std::move(text), "text/csv; charset=utf-8");
}

Result<Response> get_costs(const CostParts& parts, const Call& call) {
  auto query = read_query(parts, call);
  if (!query) return pass(query);
  const auto format = call.request.query_parameter("format").value_or("json");
  const auto rows = parts.accounts->report(*query);
  if (!rows) return std::unexpected(rows.error());
  if (format == "csv") return report_csv(*query, *rows);
  if (format == "focus") return report_focus(*query, *rows);
  if (format != "json") return fail(ErrorCode::InvalidInput, "\"format\" must be json, csv or focus");
  return report_json(*query, *rows);
}

json::object rerate_sum_json(const finops::RerateSum& sum) {
  return {{"calls", sum.calls},
          {"changed", sum.changed},
          {"before_usd", money_json(sum.before)},
          {"after_usd", money_json(sum.after)},
          {"difference_usd", money_json(sum.after - sum.before)}};
}

Result<Response> rerate(const CostParts& parts, const Call& call) {
  Body body(call.request, {"from", "to", "dry_run"});
  const auto from = body.find_time("from");
  const auto to = body.find_time("to");
  const bool is_dry_run = body.flag("dry_run");
  if (auto ok = body.check(); !ok) return pass(ok);
  if (!from) {
    auto error = fail(ErrorCode::InvalidInput, "\"from\" is missing: say from when on calls are to be rated anew");
    error.error().where.field = "from";
    return error;
  }
  const auto state = parts.gateway->state();
  const finops::RerateRequest request{*from, to.value_or(parts.clock->now()), is_dry_run, call.caller.name};
  const auto report = parts.accounts->rerate(request, *state->prices, *parts.audit);
  if (!report) return std::unexpected(report.error());
  json::array rows;
  finops::RerateSum total;
  for (const auto& [use_case, sum] : report->by_use_case) {
    auto row = rerate_sum_json(sum);
    row["use_case"] = use_case;
    rows.push_back(std::move(row));
    total.calls += sum.calls;
    total.changed += sum.changed;
    total.before += sum.before;
    total.after += sum.after;
  }
  return json_answer(json::object{{"from", render_time(request.from)},
                                  {"to", render_time(request.to)},
                                  {"dry_run", is_dry_run},
                                  {"rows", std::move(rows)},
                                  {"total", rerate_sum_json(total)},
                                  {"unknown", report->unknown},
                                  {"unmetered", report->unmetered}});
}

Result<Response> list_budgets(const CostParts& parts, const Call&) {
  json::array items;
  for (const auto& budget : parts.accounts->budgets()) items.push_back(budget_json(budget, parts.clock->now()));
  return page_answer(std::move(items));
}

Result<Response> get_economy(const CostParts& parts, const Call&) {
  auto economy = parts.gateway->economy();
  if (!economy) return pass(economy);
  return json_answer(std::move(*economy));
}

}  // namespace

Routes cost_routes(const CostParts& parts) {
  using enum io::http::Method;
  return {
      row(Get, "/api/v1/budgets", Access::Viewer, list_budgets, parts),
      row(Get, "/api/v1/costs", Access::Viewer, get_costs, parts),
      row(Get, "/api/v1/economy", Access::Viewer, get_economy, parts),
      row(Post, "/api/v1/costs/rerate", Access::Admin, rerate, parts),
  };
}

}  // namespace millwright::api
