// Alerts, and acknowledging one.
#include "api/admin/groups.hpp"
#include "api/admin/shapes.hpp"
#include "api/answer.hpp"
#include "api/fields.hpp"

namespace millwright::api {

namespace {

using io::http::Response;

Result<Response> list_alerts(const AlertParts& parts, const Call& call) {
  Query query(call.request);
  const auto limit = query.limit();
  const bool only_open = query.text("state") != "all";
  if (auto ok = query.check(); !ok) return pass(ok);
  const auto alerts = parts.alerts->list(only_open, limit);
  if (!alerts) return std::unexpected(alerts.error());
  json::array items;
  for (const auto& alert : *alerts) items.push_back(alert_json(alert));
  return page_answer(std::move(items));
}

Result<Response> acknowledge(const AlertParts& parts, const Call& call) {
  auto id = Id::parse(call.parameter("id"));
  if (!id) return pass(id);
  auto done = parts.alerts->acknowledge(*id, call.caller.name);
  if (!done) return pass(done);
  const auto alerts = parts.alerts->list(false, 1000);
  if (!alerts) return std::unexpected(alerts.error());
  const auto alert = std::ranges::find(*alerts, *id, &telemetry::Alert::id);
  if (alert == alerts->end()) return std::unexpected(not_found("alert", id->text(), {}));
  return json_answer(alert_json(*alert));
}

}  // namespace

Routes alert_routes(const AlertParts& parts) {
  using enum io::http::Method;
  return {
      row(Get, "/api/v1/alerts", Access::Viewer, list_alerts, parts),
      row(Post, "/api/v1/alerts/{id}/acknowledge", Access::Approver, acknowledge, parts),
  };
}

}  // namespace millwright::api
