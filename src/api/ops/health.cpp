// Probes, metrics and the API's own document.
#include "api/answer.hpp"
#include "api/ops/groups.hpp"
#include "features/configuration/configuration.hpp"
#include "features/telemetry/telemetry.hpp"
#include "store/writer.hpp"

namespace millwright::api {

namespace {

using io::http::Response;

Result<Response> get_health(const OpsParts&, const Call&) { return text_answer("ok\n", "text/plain"); }

Result<Response> get_readiness(const OpsParts& parts, const Call&) {
  json::array reasons;
  for (const auto& fault : readiness_faults(parts)) reasons.emplace_back(fault);
  const bool is_ready = reasons.empty();
  return json_answer(json::object{{"is_ready", is_ready}, {"reasons", std::move(reasons)}}, is_ready ? 200 : 503);
}

Result<Response> get_metrics(const OpsParts& parts, const Call&) {
  return text_answer(parts.metrics->render(), "text/plain; version=0.0.4; charset=utf-8");
}

Result<Response> get_openapi(const OpsParts&, const Call&) {
  auto response = text_answer(std::string(openapi_document()), "application/json");
  response.headers.set("cache-control", "no-cache");
  return response;
}

}  // namespace

std::vector<std::string> readiness_faults(const OpsParts& parts) {
  std::vector<std::string> faults;
  if (parts.process.is_stopping && parts.process.is_stopping()) faults.emplace_back("the process is stopping");
  if (parts.writer->is_failing()) faults.emplace_back("commits fail: is the disk full, or the database gone?");
  const auto history = parts.configuration->history(0, 1);
  if (!history) faults.push_back("the database does not answer: " + history.error().message);
  return faults;
}

Routes health_routes(const OpsParts& parts) {
  using enum io::http::Method;
  return {
      row(Get, "/healthz", Access::Public, get_health, parts),
      row(Get, "/readyz", Access::Public, get_readiness, parts),
      row(Get, "/metrics", Access::Public, get_metrics, parts),
      row(Get, "/openapi.json", Access::Public, get_openapi, parts),
  };
}

}  // namespace millwright::api
