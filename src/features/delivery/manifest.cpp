#include "features/delivery/manifest.hpp"

#include <algorithm>

namespace millwright::delivery {
namespace {

using registry::Kind;

struct Part {
  std::string_view name;
  Digest Release::* digest;
};
/// In the order of their names, as the manifest lists them.
constexpr std::array parts{Part{"dataset", &Release::dataset}, Part{"index", &Release::index},
                           Part{"policy", &Release::policy},   Part{"prompt", &Release::prompt},
                           Part{"route", &Release::route},     Part{"suite", &Release::suite}};

/// What serves a route, as far as it decides answers: models by the provider's own name, weights, fallbacks.
std::string render_route(const gateway::GatewayConfig& config, const gateway::RouteConfig& route) {
  auto model_json = [&config](const std::string& name) {
    json::object object{{"model", name}};
    const auto model = std::ranges::find(config.models, name, &gateway::ModelConfig::name);
    if (model != config.models.end()) object["provider"] = model->provider, object["id"] = model->id;
    return object;
  };
  json::array targets, fallback;
  for (const gateway::RouteTarget& target : route.targets) {
    json::object object = model_json(target.model);
    object["weight"] = target.weight;
    targets.push_back(std::move(object));
  }
  for (const std::string& model : route.fallback) fallback.push_back(model_json(model));
  json::object rendered{{"name", route.name}, {"targets", std::move(targets)}, {"fallback", std::move(fallback)},
                        {"retries", route.retries}};
  if (!route.terms.empty()) rendered["terms"] = route.terms;
  return json::serialize(rendered);
}

/// The rules in force. The manifest names them by digest; a later check sees whether they are still the same.
std::string render_policy(const gateway::GatewayState& state) {
  json::object object;
  if (state.policy) object["policy"] = state.policy->digest().text();
  if (state.guard) object["guard"] = state.guard->digest().text();
  return json::serialize(object);
}

std::string render_manifest(const Release& release) {
  json::object artifacts;
  for (const auto& [name, digest] : parts) {
    if (!(release.*digest).is_none()) artifacts[name] = (release.*digest).text();
  }
  return json::serialize(json::object{{"release", release.id},
                                      {"use_case", release.use_case},
                                      {"prompt", release.prompt_name},
                                      {"prompt_version", release.prompt_version},
                                      {"route", release.route_name},
                                      {"index", release.index_name},
                                      {"author", release.author},
                                      {"note", release.note},
                                      {"artifacts", std::move(artifacts)}});
}

/// Puts artifacts of one release under its author's name.
class Shelf {
 public:
  Shelf(registry::Registry& registry, const std::string& author) : registry_(registry), author_(author) {}
  Result<registry::Artifact> put(Kind kind, std::string name, std::string_view bytes, std::vector<Digest> parents = {}) {
    return registry_.put({.kind = kind, .name = std::move(name), .bytes = bytes, .parents = std::move(parents),
                          .created_by = author_});
  }

 private:
  registry::Registry& registry_;
  const std::string& author_;
};

Result<void> put_prompt(Shelf& shelf, const Ingredients& ingredients, Release& release) {
  if (ingredients.prompt_name.empty()) return {};
  auto prompt = shelf.put(Kind::Prompt, ingredients.prompt_name, ingredients.prompt_text);
  if (!prompt) return pass(prompt);
  release.prompt = prompt->digest;
  release.prompt_name = ingredients.prompt_name;
  release.prompt_version = fmt::format("{}", prompt->version);
  return {};
}

Result<void> put_route(Shelf& shelf, const Ingredients& ingredients, Release& release) {
  const auto& routes = ingredients.state->config.routes;
  const auto route = std::ranges::find(routes, ingredients.use_case->route, &gateway::RouteConfig::name);
  if (route == routes.end()) {
    return fail(ErrorCode::InvalidConfig, "use case \"{}\" has no route \"{}\"", release.use_case,
                ingredients.use_case->route);
  }
  auto artifact = shelf.put(Kind::Route, route->name, render_route(ingredients.state->config, *route));
  if (!artifact) return pass(artifact);
  release.route = artifact->digest;
  release.route_name = route->name;
  return {};
}

Result<void> put_suite_and_policy(Shelf& shelf, const Ingredients& ingredients, Release& release) {
  if (ingredients.suite) {
    auto suite = shelf.put(Kind::Suite, ingredients.suite->name, ingredients.suite->text);
    if (!suite) return pass(suite);
    release.suite = suite->digest;
  }
  auto policy = shelf.put(Kind::Policy, "policy", render_policy(*ingredients.state));
  if (!policy) return pass(policy);
  release.policy = policy->digest;
  return {};
}

}  // namespace

Result<void> store_artifacts(registry::Registry& registry, const Ingredients& ingredients, Release& release) {
  Shelf shelf(registry, release.author);
  auto prompt = put_prompt(shelf, ingredients, release);
  if (!prompt) return pass(prompt);
  auto route = put_route(shelf, ingredients, release);
  if (!route) return pass(route);
  auto rules = put_suite_and_policy(shelf, ingredients, release);
  if (!rules) return pass(rules);
  release.index_name = ingredients.use_case->index;
  if (ingredients.index) {
    release.index = ingredients.index->artifact;
    if (registry.load(ingredients.index->dataset_version)) release.dataset = ingredients.index->dataset_version;
  }
  std::vector<Digest> parents;
  for (const auto& [name, digest] : parts) {
    if (!(release.*digest).is_none()) parents.push_back(release.*digest);
  }
  auto manifest = shelf.put(Kind::Release, release.use_case, render_manifest(release), std::move(parents));
  if (!manifest) return pass(manifest);
  release.manifest = manifest->digest;
  return {};
}

std::vector<registry::Resource> resources_of(const Release& release) {
  std::vector<registry::Resource> resources{{"manifest", release.manifest}};
  for (const auto& [name, digest] : parts) {
    if (!(release.*digest).is_none()) resources.push_back({std::string(name), release.*digest});
  }
  std::ranges::sort(resources, {}, &registry::Resource::name);
  return resources;
}

Result<std::string> sign_release(const registry::Signer& signer, const Release& release,
                                 const evaluation::Report& report) {
  const json::object evidence{{"report", report.id.text()},
                              {"verdict", evaluation::verdict_name(report.verdict)},
                              {"suite_digest", report.suite_digest.text()}};
  return signer.sign(release.id, resources_of(release), {{"evaluation", evidence}, {"author", release.author}});
}

Result<void> verify_release(registry::Registry& registry, const registry::Signer& signer, const Release& release) {
  if (release.bundle.empty()) return fail(ErrorCode::Conflict, "release {} is not signed", release.id);
  auto verified = registry::verify_bundle(release.bundle, signer.public_key_pem(), resources_of(release));
  if (!verified) return pass(verified);
  if (verified->subject != release.id) {
    return fail(ErrorCode::Corrupt, "the signature is of \"{}\", not of \"{}\"", verified->subject, release.id);
  }
  auto manifest = registry.load_bytes(release.manifest);
  if (!manifest) return pass(manifest);
  if (*manifest != render_manifest(release)) {
    return fail(ErrorCode::Corrupt, "the stored facts of release {} differ from its signed manifest", release.id);
  }
  for (const auto& [name, digest] : parts) {
    if ((release.*digest).is_none()) continue;
    auto bytes = registry.load_bytes(release.*digest);
    if (bytes) continue;
    Error error = std::move(bytes.error());
    error.message = fmt::format("the {} of release {}: {}", name, release.id, error.message);
    return std::unexpected(std::move(error));
  }
  return {};
}

}  // namespace millwright::delivery
