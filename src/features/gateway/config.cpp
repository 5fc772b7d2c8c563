#include "features/gateway/config.hpp"

#include <set>

#include "base/text.hpp"
#include "features/finops/config.hpp"

namespace millwright::gateway {

using config::Node;

ResponseSettings parse_responses(const Node& responses) {
  ResponseSettings settings;
  if (responses["retention"].is_set()) settings.retention = responses["retention"].duration();
  return settings;
}

namespace {

/// Collects faults while reading, so that all are reported at once.
class Reading {
 public:
  Reading(const Node& root, const ProviderKindTable& kinds) : root_(root), kinds_(kinds) {
    models_.insert("extractive");
    providers_.insert("builtin");
    free_providers_.insert("builtin");
  }

  std::expected<GatewayConfig, config::Faults> run() {
    for (const auto& node : root_["providers"].items()) read_provider(node);
    for (const auto& node : root_["models"].items()) read_model(node);
    for (const auto& node : root_["routes"].items()) read_route(node);
    check_rules(root_["routes"], config_.routes, faults_);
    for (const auto& node : root_["task_classifiers"].items()) {
      config_.task_classifiers.push_back({node["name"].text(), node["file"].text(), node["threshold"].real()});
    }
    for (const auto& node : root_["use_cases"].items()) read_use_case(node);
    check_aliases();
    add_builtin_model();
    read_limits();
    config_.routes_need = needs_of(config_.routes);
    config_.routes_need.capabilities |=
        std::ranges::any_of(config_.models, [](const ModelConfig& model) { return model.capabilities.has_value(); });
    read_raw_sections(root_, kinds_, config_, faults_);
    if (!faults_.empty()) return std::unexpected(std::move(faults_));
    return std::move(config_);
  }

 private:
  void check_name(const Node& node, const std::set<std::string>& known, std::string_view what) {
    if (!node.is_set() || known.contains(node.text())) return;
    std::vector<std::string_view> candidates(known.begin(), known.end());
    const auto near = nearest_name(node.text(), candidates);
    faults_.push_back(node.error(fmt::format("there is no {} named \"{}\"", what, node.text()),
                                 near ? fmt::format("Did you mean \"{}\"?", *near)
                                      : fmt::format("Known are: {}.", known.empty() ? "none" : fmt::format("{}", fmt::join(known, ", ")))));
  }
  void check_declared(const Node& node, std::string_view section, std::string_view what) {
    std::set<std::string> known;
    for (const auto& item : root_[section].items()) known.insert(item["name"].text());
    check_name(node, known, what);
  }

  void read_provider(const Node& node) {
    ProviderConfig provider;
    provider.name = node["name"].text();
    provider.kind = node["kind"].text();
    provider.api_key = node["api_key"].secret();
    read_kind(node, provider);
    if (node["price_list"].is_set()) provider.price_list = node["price_list"].text();
    read_transport(node, provider);
    provider.facts.name = provider.name;
    provider.facts.region = node["region"].text();
    provider.facts.location = node["location"].text() == "on_prem" ? "on_prem" : "";
    for (const auto& [name, value] : node["headers"].members()) provider.headers.emplace_back(name, value.text());
    if (const auto& breaker = node["breaker"]; breaker.is_set()) {
      provider.breaker = {static_cast<int>(breaker["failures"].integer()), breaker["pause"].duration(),
                          std::max(breaker["pause"].duration(), breaker["pause_max"].duration())};
    }
    provider.facts.commitments = read_commitments(node["commitments"], faults_);
    if (provider.name == "builtin") {
      faults_.push_back(node["name"].error("\"builtin\" is the provider inside the product", "Choose another name."));
    }
    providers_.insert(provider.name);
    config_.providers.push_back(std::move(provider));
  }

  /// What depends on the kind: its options, its secrets, and where it is when the file does not say.
  void read_kind(const Node& node, ProviderConfig& provider) {
    std::set<std::string> names;
    for (const auto& [name, facts] : kinds_) {
      if (name != "builtin") names.insert(name);
    }
    if (!names.contains(provider.kind)) return check_name(node["kind"], names, "kind of provider");
    const auto& kind = kinds_.find(provider.kind)->second;
    check_members(node["options"], kind.options, provider.kind, "option");
    check_members(node["secrets"], kind.secrets, provider.kind, "secret");
    provider.options = node["options"];
    for (const auto& [name, value] : node["secrets"].members()) provider.secrets[name] = value.secret();
    const auto& url = node["base_url"].is_set() ? node["base_url"].text() : kind.base_url;
    if (url.empty()) {
      faults_.push_back(node.error(fmt::format("a provider of kind {} needs base_url", provider.kind),
                                   "Say where its API begins, as in https://api.example.com/v1."));
      return;
    }
    auto origin = io::http::Origin::parse(url);
    if (!origin) {
      faults_.push_back(node["base_url"].error(origin.error().message, origin.error().fix));
      return;
    }
    provider.origin = std::move(*origin);
    if (finops::vendor_of_host(provider.origin.host).empty()) provider.price_list = kind.price_list;
    if (kind.is_free) free_providers_.insert(provider.name);
  }

  void read_transport(const Node& node, ProviderConfig& provider) {
    const auto& proxy = node["proxy"];
    if (proxy.is_set()) {
      provider.proxy = {proxy["url"].text(), proxy["username"].text(), proxy["password"].secret()};
      auto parsed = provider.proxy.url == "none" ? io::http::Proxy() : io::http::Proxy::parse(provider.proxy.url);
      if (!parsed)
        faults_.push_back(proxy["url"].error(parsed.error().message, parsed.error().fix));
      else if (!parsed->authorization.empty()) {
        faults_.push_back(
            proxy["url"].error("the proxy's address holds credentials", "Use username and password, a secret."));
      }
    }
    const auto& tls = node["tls"];
    provider.tls = {tls["ca"].text(), tls["certificate"].text(), tls["key"].secret()};
    if (provider.tls.certificate_file.empty() != provider.tls.key.empty()) {
      faults_.push_back(tls.error("certificate and key go together", "Set both or neither."));
    }
  }

  void check_members(const Node& map, const std::vector<std::string>& known, const std::string& kind,
                     std::string_view what) {
    for (const auto& [name, value] : map.members()) {
      if (std::ranges::find(known, name) != known.end()) continue;
      const std::vector<std::string_view> candidates(known.begin(), known.end());
      const auto near = nearest_name(name, candidates);
      faults_.push_back(value.error(fmt::format("a provider of kind {} takes no {} \"{}\"", kind, what, name),
                                    near            ? fmt::format("Did you mean \"{}\"?", *near)
                                    : known.empty() ? "Take it out."
                                                    : fmt::format("It takes: {}.", fmt::join(known, ", "))));
    }
  }

  void read_model(const Node& node) {
    ModelConfig model;
    model.name = node["name"].text();
    model.provider = node["provider"].text();
    model.id = node["id"].is_set() ? node["id"].text() : model.name;
    model.priced_as = node["priced_as"].text();
    model.context_tokens = node["context"].integer();
    model.output_tokens_max = node["max_output_tokens"].integer();
    if (node["capabilities"].is_set()) model.capabilities = parse_capabilities(node["capabilities"]);
    if (node["output_limit_field"].is_set()) model.output_limit_field = node["output_limit_field"].text();
    read_tokeniser(node, model);
    model.price = finops::parse_price(node["price"]);
    model.prices = finops::parse_prices(node, faults_);
    check_name(node["provider"], providers_, "provider");
    models_.insert(model.name);
    config_.models.push_back(std::move(model));
  }

  /// A server of one's own may call its model as it likes: what its name says is good for estimates alone.
  void read_tokeniser(const Node& node, ModelConfig& model) {
    const auto named = node["tokeniser"].is_set() ? tokens::find_tokeniser(node["tokeniser"].text()) : std::nullopt;
    model.tokeniser = named.value_or(tokens::tokeniser_of_model(model.id));
    const auto provider = std::ranges::find(config_.providers, model.provider, &ProviderConfig::name);
    const bool is_openai = provider != config_.providers.end() && provider->kind.starts_with("openai") &&
                           finops::vendor_of_host(provider->origin.host) == "openai";
    model.is_tokeniser_certain = model.tokeniser.is_exact() && (named || is_openai);
  }

  /// The model that needs no provider is always there, so that a route can name it without declaring it; and models
  /// that nobody bills cost nothing unless the configuration says otherwise.
  void add_builtin_model() {
    const bool is_declared = std::ranges::any_of(
        config_.models, [](const ModelConfig& model) { return model.name == "extractive"; });
    if (!is_declared) {
      ModelConfig model;
      model.name = model.id = "extractive";
      model.provider = "builtin";
      config_.models.push_back(std::move(model));
    }
    for (auto& model : config_.models) {
      if (!free_providers_.contains(model.provider) || model.price) continue;
      model.price = finops::ModelPrice{};
      model.price->version = "builtin";
      model.prices.push_back({Timestamp{}, Timestamp::max(), *model.price, "configuration", "built in"});
    }
  }

  void read_route(const Node& node) {
    const auto check_model = [this](const Node& model) { check_name(model, models_, "model"); };
    config_.routes.push_back(parse_route(node, check_model, faults_));
    routes_.insert(config_.routes.back().name);
  }

  void read_use_case(const Node& node) {
    UseCaseConfig use_case;
    use_case.name = node["name"].text();
    use_case.owner = node["owner"].text();
    use_case.description = node["description"].text();
    use_case.tier = policy::find_tier(node["risk_tier"].text()).value_or(policy::RiskTier::T3);
    use_case.data_class = policy::find_class(node["data_class"].text()).value_or(policy::DataClass::Restricted);
    use_case.priority = find_priority(node["priority"].text()).value_or(Priority::Standard);
    use_case.route = node["route"].text();
    use_case.prompt = node["prompt"].text();
    use_case.index = node["index"].text();
    use_case.environment = node["environment"].text();
    use_case.users = node["users"].texts();
    use_case.aliases = node["aliases"].texts();
    use_case.success_metrics = node["success_metrics"].texts();
    use_case.data_sources = node["data_sources"].texts();
    use_case.compliance = node["compliance"].texts();
    use_case.fallback_message = node["fallback"]["message"].text();
    use_case.max_output_tokens = node["max_output_tokens"].integer();
    use_case.max_prompt_bytes = static_cast<std::int64_t>(node["max_prompt"].size());
    use_case.max_prompt_tokens = node["max_prompt_tokens"].integer();
    read_economy(node, use_case);
    use_case.passages = node["passages"].integer();
    if (node["cache"].is_set()) {
      use_case.is_cache_on = node["cache"]["enabled"].boolean();
      use_case.cache_ttl = node["cache"]["ttl"].duration();
    }
    use_case.is_paused = node["paused"].boolean();
    use_case.needs_release = node["release"].text() == "required";
    use_case.budget = finops::parse_budget(node["budget"], "use_case/" + use_case.name);
    use_case.outcome_name = node["outcome"]["name"].text();
    use_case.outcome_worth = node["outcome"]["value"].money();
    use_case.gates = node["gates"];
    check_name(node["route"], routes_, "route");
    check_declared(node["prompt"], "prompts", "prompt");
    check_declared(node["index"], "indexes", "index");
    check_declared(node["task_classifier"], "task_classifiers", "task classifier");
    use_case.task_classifier = node["task_classifier"].text();
    config_.use_cases.push_back(std::move(use_case));
  }

  void read_economy(const Node& node, UseCaseConfig& use_case) {
    use_case.economy = parse_economy(node, faults_);
    auto& semantic = use_case.economy.semantic_cache;
    if (!semantic.is_by_meaning()) return;
    const auto& named = node["cache"]["semantic"]["model"];
    check_name(named, models_, "model");
    if (!models_.contains(semantic.embedding_model)) return;
    const auto model = std::ranges::find(config_.models, semantic.embedding_model, &ModelConfig::name);
    if (model == config_.models.end() || model->provider == "builtin") {
      faults_.push_back(named.error(fmt::format("the model \"{}\" gives no embeddings", semantic.embedding_model),
                                    "Name a model of a provider that has embeddings."));
      return;
    }
    semantic.space = model->name + "/" + model->id;
  }

  void read_limits() {
    LimitNames names;
    for (const auto& team : root_["teams"].items()) names.teams.insert(team["name"].text());
    for (const auto& use_case : config_.use_cases) {
      names.use_cases.insert(use_case.name);
      names.teams.insert(use_case.owner);
    }
    for (const auto& model : config_.models) names.models.insert(model.name);
    config_.limits = parse_limits(root_["limits"], names, faults_);
  }

  /// A name that callers send means one use case.
  void check_aliases() {
    std::map<std::string_view, std::string_view, std::less<>> owners;
    for (const auto& use_case : config_.use_cases) owners.emplace(use_case.name, use_case.name);
    for (const auto& node : root_["use_cases"].items()) {
      for (const auto& alias : node["aliases"].items()) {
        const auto [known, is_new] = owners.emplace(alias.text(), node["name"].text());
        if (is_new) continue;
        faults_.push_back(alias.error(fmt::format("\"{}\" already means the use case \"{}\"", alias.text(), known->second),
                                      "A name means one use case: take it out of one of them."));
      }
    }
  }

  const Node& root_;
  const ProviderKindTable& kinds_;
  GatewayConfig config_;
  config::Faults faults_;
  std::set<std::string> providers_, free_providers_, models_, routes_;
};

}  // namespace

std::expected<GatewayConfig, config::Faults> parse_gateway(const Node& root, const ProviderKindTable& kinds) {
  return Reading(root, kinds).run();
}

}  // namespace millwright::gateway
