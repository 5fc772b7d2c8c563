// The price list: what models cost, from when, and by whose word; and taking over a list that others keep.
#include "api/admin/groups.hpp"
#include "api/admin/shapes.hpp"
#include "api/answer.hpp"
#include "api/fields.hpp"

namespace millwright::api {

namespace {

using io::http::Response;

json::value date_json(Timestamp time) {
  return time == Timestamp{} || time == Timestamp::max() ? json::value(nullptr) : json::value(render_time(time));
}

json::object row_json(const finops::PriceRow& row, Timestamp now) {
  auto object = finops::render_row(row);
  object["version"] = row.price.version;
  object["layer"] = row.layer;
  object["in_force"] = now >= row.from && now < row.until;
  object["age_days"] = std::chrono::floor<std::chrono::days>(now - row.checked).count();
  return object;
}

bool is_wanted(const finops::PriceRow& row, std::string_view vendor, std::string_view model) {
  if (!vendor.empty() && row.vendor != vendor) return false;
  return model.empty() || row.model == model || std::ranges::find(row.aliases, model) != row.aliases.end();
}

/// Offset of the next row in the list, which changes only by imports.
Result<std::size_t> offset_of(const std::string& cursor) {
  std::size_t offset = 0;
  for (const char c : cursor) {
    if (c < '0' || c > '9' || offset > 10'000'000)
      return fail(ErrorCode::InvalidInput, "\"{}\" is not a cursor of this list", cursor);
    offset = offset * 10 + static_cast<std::size_t>(c - '0');
  }
  return offset;
}

Result<Response> list_prices(const PriceParts& parts, const Call& call) {
  Query query(call.request);
  const auto vendor = query.text("vendor");
  const auto model = query.text("model");
  const auto limit = query.limit();
  const auto offset = offset_of(query.cursor());
  if (!offset) return std::unexpected(offset.error());
  if (auto ok = query.check(); !ok) return pass(ok);
  const auto now = parts.clock->now();
  json::array items;
  std::size_t seen = 0;
  std::string next;
  for (const auto& row : parts.prices->rows()) {
    if (!is_wanted(row, vendor, model) || seen++ < *offset) continue;
    if (items.size() == limit) {
      next = std::to_string(*offset + limit);
      break;
    }
    items.push_back(row_json(row, now));
  }
  return page_answer(std::move(items), next);
}

/// What a configured model costs, version by version: the first that holds is the one in force.
Result<Response> show_model(const PriceParts& parts, const Call& call) {
  const auto& name = call.parameter("name");
  const auto state = parts.gateway->state();
  const auto model = std::ranges::find(state->config.models, name, &gateway::ModelConfig::name);
  if (model == state->config.models.end()) {
    std::vector<std::string> names;
    for (const auto& each : state->config.models) names.push_back(each.name);
    return std::unexpected(not_found("model", name, names));
  }
  const auto now = parts.clock->now();
  const auto* used = state->prices->find_version(name, now);
  json::array versions;
  for (const auto& version : state->prices->versions(name)) {
    finops::PriceRow row;
    row.model = model->id;
    row.from = version.from;
    row.until = version.until;
    row.price = version.price;
    const auto shape = finops::render_row(row);
    versions.push_back(json::object{{"layer", version.layer},
                                    {"version", version.price.version},
                                    {"source", version.source},
                                    {"from", date_json(version.from)},
                                    {"until", date_json(version.until)},
                                    {"in_force", &version == used},
                                    {"uplift_basis_points", version.price.uplift_basis_points},
                                    {"rates", shape.at("rates")},
                                    {"variants", shape.at("variants")}});
  }
  return json_answer(json::object{{"model", name},
                                  {"provider", model->provider},
                                  {"id", model->id},
                                  {"is_unpriced", used == nullptr},
                                  {"versions", std::move(versions)}});
}

json::value price_pair(const std::optional<finops::ModelPrice>& price) {
  if (!price) return nullptr;
  return json::object{{"input", render_unit_price(price->input)}, {"output", render_unit_price(price->output)}};
}

Result<Response> import_prices(const PriceParts& parts, const Call& call) {
  Query query(call.request);
  finops::ImportOptions options;
  options.source = query.text("source");
  options.from = query.time("from");
  options.is_dry_run = query.text("dry_run") == "true";
  options.accept_large_changes = query.text("accept_large_changes") == "true";
  options.actor = call.caller.name;
  if (auto ok = query.check(); !ok) return pass(ok);
  if (call.request.body.empty()) return fail(ErrorCode::InvalidInput, "the body is empty: send the file's bytes");
  const auto report = parts.prices->import(call.request.body, options);
  if (!report) return std::unexpected(report.error());
  if (!options.is_dry_run) {
    if (auto changed = parts.changed(); !changed) return pass(changed);
  }
  json::array lines;
  for (const auto& line : report->lines) {
    lines.push_back(json::object{{"vendor", line.vendor},
                                 {"model", line.model},
                                 {"verdict", line.verdict},
                                 {"why", line.why},
                                 {"before", price_pair(line.before)},
                                 {"after", price_pair(line.after)}});
  }
  return json_answer(json::object{{"format", report->format},
                                  {"dry_run", options.is_dry_run},
                                  {"new", report->taken},
                                  {"changed", report->changed},
                                  {"unchanged", report->unchanged},
                                  {"held", report->held},
                                  {"skipped", report->skipped},
                                  {"lines", std::move(lines)}});
}

}  // namespace

Routes price_routes(const PriceParts& parts) {
  using enum io::http::Method;
  return {
      row(Get, "/api/v1/prices", Access::Viewer, list_prices, parts),
      row(Post, "/api/v1/prices/import", Access::Admin, import_prices, parts),
      row(Get, "/api/v1/models/{name}/prices", Access::Viewer, show_model, parts),
  };
}

}  // namespace millwright::api
