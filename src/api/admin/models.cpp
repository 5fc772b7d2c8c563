// Models with their prices, and providers with what they have promised.
#include "api/admin/groups.hpp"
#include "api/admin/shapes.hpp"
#include "api/answer.hpp"

namespace millwright::api {

namespace {

using io::http::Response;

json::value price_json(const finops::PriceVersion* version) {
  if (version == nullptr) return nullptr;
  const auto& price = version->price;
  return json::object{{"input", render_unit_price(price.input)},
                      {"cache_read", render_unit_price(price.cache_read)},
                      {"cache_write", render_unit_price(price.cache_write)},
                      {"output", render_unit_price(price.output)},
                      {"reasoning", render_unit_price(price.reasoning)},
                      {"version", price.version},
                      {"layer", version->layer}};
}

json::array routes_using(const gateway::GatewayConfig& config, const std::string& model) {
  json::array names;
  for (const auto& route : config.routes) {
    const bool is_target = std::ranges::find(route.targets, model, &gateway::RouteTarget::model) != route.targets.end();
    if (is_target || std::ranges::find(route.fallback, model) != route.fallback.end()) names.emplace_back(route.name);
  }
  return names;
}

Result<Response> list_models(const ModelParts& parts, const Call&) {
  const auto state = parts.gateway->state();
  const auto loaded = parts.configuration->current();
  json::array items;
  for (const auto& model : state->config.models) {
    const auto* version = state->prices->find_version(model.name, parts.clock->now());
    items.push_back(json::object{{"name", model.name},
                                 {"provider", model.provider},
                                 {"id", model.id},
                                 {"context_tokens", model.context_tokens},
                                 {"output_tokens_max", model.output_tokens_max},
                                 {"price", price_json(version)},
                                 {"is_unpriced", version == nullptr},
                                 {"used_by", routes_using(state->config, model.name)},
                                 {"origin", origin_json(*loaded, "models/" + model.name)}});
  }
  return page_answer(std::move(items));
}

json::object provider_json(const gateway::GatewayConfig& config, const gateway::ProviderConfig& provider) {
  json::array models;
  for (const auto& model : config.models) {
    if (model.provider == provider.name) models.emplace_back(model.name);
  }
  const auto& facts = provider.facts;
  const auto& origin = provider.origin;
  const auto base_url = origin.host.empty() ? std::string()
                                            : fmt::format("{}://{}{}", origin.is_tls ? "https" : "http",
                                                          origin.authority(), origin.base_path);
  return {{"name", provider.name},
          {"kind", provider.kind},
          {"base_url", base_url},
          {"region", facts.region},
          {"location", facts.location},
          {"training_use", facts.commitments.training_use},
          {"retention_days",
           facts.commitments.retention_days ? json::value(*facts.commitments.retention_days) : json::value(nullptr)},
          {"subprocessors", texts_json(facts.commitments.subprocessors)},
          {"evidence", facts.commitments.evidence},
          {"expires", time_json(facts.commitments.expires)},
          {"models", std::move(models)}};
}

Result<Response> list_providers(const ModelParts& parts, const Call&) {
  const auto state = parts.gateway->state();
  const auto loaded = parts.configuration->current();
  json::array items;
  for (const auto& provider : state->config.providers) {
    auto item = provider_json(state->config, provider);
    item["origin"] = origin_json(*loaded, "providers/" + provider.name);
    items.push_back(std::move(item));
  }
  const bool has_builtin = std::ranges::find(state->config.providers, "builtin", &gateway::ProviderConfig::name) !=
                           state->config.providers.end();
  if (!has_builtin) {
    gateway::ProviderConfig builtin;
    builtin.name = builtin.kind = builtin.facts.location = "builtin";
    auto item = provider_json(state->config, builtin);
    item["origin"] = nullptr;
    items.push_back(std::move(item));
  }
  return page_answer(std::move(items));
}

}  // namespace

Routes model_routes(const ModelParts& parts) {
  using enum io::http::Method;
  return {
      row(Get, "/api/v1/models", Access::Viewer, list_models, parts),
      row(Get, "/api/v1/providers", Access::Viewer, list_providers, parts),
  };
}

}  // namespace millwright::api
