#include "features/gateway/config.hpp"

#include <set>

#include "base/text.hpp"
#include "features/finops/config.hpp"

namespace millwright::gateway {
namespace {

using config::Kind;
using config::Node;
using config::option;
using config::Spec;

Spec names(std::string description) { return config::list_of(std::move(description), option(Kind::Text, "One entry.")); }

Spec commitments_spec() {
  return config::object(
      "What the provider has promised by contract; policy relies on it and nothing else.",
      {{"training_use", config::choice("Whether it may train on what it is sent.", {"never", "opt_out", "yes"})},
       {"retention_days", option(Kind::Integer, "How many days it keeps what it is sent.").between(0, 36'500)},
       {"subprocessors", names("Companies it passes data on to.")},
       {"evidence", option(Kind::Text, "Where the promise is written down.")},
       {"expires", option(Kind::Date, "The day from which the promise no longer counts.")}});
}

Spec provider_spec() {
  return config::object(
      "One account at one model provider.",
      {{"name", option(Kind::Name, "The provider's name here.").required()},
       {"kind", option(Kind::Text, "Its wire format.").required()},
       {"base_url", option(Kind::Text, "Where its API begins, as in https://api.example.com/v1; kinds that stand for one service know it.")},
       {"api_key", option(Kind::Secret, "Its key, as a reference.")},
       {"options", config::map_of("What else this kind takes, by name.", option(Kind::Text, "Value."))},
       {"secrets", config::map_of("Credentials of kinds that take more than a key, as references.", option(Kind::Secret, "Value."))},
       {"region", option(Kind::Text, "Where it processes data.").fallback("")},
       {"location", config::choice("Whether it runs on your own premises.", {"outside", "on_prem"}).fallback("outside")},
       {"headers", config::map_of("Headers sent with every call; no secrets.", option(Kind::Text, "Value."))},
       {"breaker", config::object("When a model of this provider is left alone.",
                                  {{"failures", option(Kind::Integer, "Failures in a row that open it; 0: never.").between(0, 1'000).fallback("10")},
                                   {"pause", option(Kind::Duration, "How long the first pause is; it doubles with each failed trial.").between(1, 600'000).fallback("1s")},
                                   {"pause_max", option(Kind::Duration, "The longest pause.").between(1, 3'600'000).fallback("1m")}})},
       {"price_list", option(Kind::Text, "Whose list prices hold for its models, as \"openai\", or \"none\"; by its host when left out.")},
       {"commitments", commitments_spec()}});
}

Spec model_spec() {
  return config::object(
      "One model of one provider, under a name of your own.",
      {{"name", option(Kind::Name, "The model's name here.").required()},
       {"provider", option(Kind::Name, "Which provider serves it, or \"builtin\".").required()},
       {"id", option(Kind::Text, "What the provider calls it; the name when left out.")},
       {"context", option(Kind::Integer, "Tokens it can take in and give out together.").between(1, 100'000'000).fallback("128000")},
       {"max_output_tokens", option(Kind::Integer, "Tokens reserved for an answer when the caller sets no limit.").between(1, 10'000'000).fallback("4096")},
       {"output_limit_field", config::choice("The field this model takes the limit on its answer in.", {"max_tokens", "max_completion_tokens"}).fallback("max_tokens")},
       {"price", finops::price_spec()},
       {"price_history", config::list_of("Prices of other times; `price` goes first where both hold.", finops::price_spec())}});
}

Spec route_spec() {
  return config::object(
      "Which model serves a request, and what it falls back to.",
      {{"name", option(Kind::Name, "The route's name.").required()},
       {"targets", config::list_of("Models that share the traffic.",
                                   config::object("One model and its share.",
                                                  {{"model", option(Kind::Name, "The model.").required()},
                                                   {"weight", option(Kind::Integer, "Its share, relative to the others.").between(0, 1'000'000).fallback("1")}}))
                       .required().between(1, 64)},
       {"fallback", config::list_of("Models tried in order when the first fails before its first byte.",
                                    config::object("One model.", {{"model", option(Kind::Name, "The model.").required()}}))},
       {"timeout", option(Kind::Duration, "How long one attempt may take, up to the answer or a stream's first piece.").fallback("60s").between(1, 3'600'000)},
       {"idle_timeout", option(Kind::Duration, "How long a stream may be silent.").fallback("30s").between(1, 3'600'000)},
       {"retries", option(Kind::Integer, "Further attempts on the same model when a failure may pass.").fallback("2").between(0, 10)}});
}

Spec use_case_spec() {
  return config::object(
      "A use case: what it is for, who owns it, what it may touch, what it may cost.",
      {{"name", option(Kind::Name, "What applications put into `model`.").required()},
       {"owner", option(Kind::Text, "The team that answers for it.").required()},
       {"description", option(Kind::Text, "What it does, in a sentence.").fallback("")},
       {"users", names("Who uses it.")},
       {"success_metrics", names("How its success is measured.")},
       {"data_sources", names("Where its knowledge comes from.")},
       {"compliance", names("Constraints it must keep.")},
       {"fallback", config::object("What happens when nothing can answer.",
                                   {{"message", option(Kind::Text, "Said instead of an error.").fallback("")}})},
       {"risk_tier", config::choice("T0 experiment, T1 internal help, T2 business process, T3 decisions about people.", {"T0", "T1", "T2", "T3"}).required()},
       {"data_class", config::choice("The class of what it handles, at least.", {"public", "internal", "confidential", "restricted"}).required()},
       {"route", option(Kind::Name, "The route its requests take.").required()},
       {"prompt", option(Kind::Name, "The prompt put before the conversation.")},
       {"index", option(Kind::Name, "The index it retrieves from.")},
       {"passages", option(Kind::Integer, "How many passages are put before the model.").fallback("6").between(1, 50)},
       {"environment", option(Kind::Name, "The environment its calls are counted under, unless the key says otherwise.").fallback("production")},
       {"max_output_tokens", option(Kind::Integer, "The longest answer, in tokens.").between(1, 10'000'000)},
       {"max_prompt", option(Kind::Size, "The longest prompt, all messages together.").between(1, 1 << 30)},
       {"cache", config::object("The exact cache.",
                                {{"enabled", option(Kind::Boolean, "Whether equal requests share an answer.").fallback("true")},
                                 {"ttl", option(Kind::Duration, "How long an answer is kept.").fallback("5m").between(0, 86'400'000)}})},
       {"paused", option(Kind::Boolean, "Refuse every request: the kill switch.").fallback("false")},
       {"release", config::choice("Whether it serves before a signed release is live.", {"optional", "required"}).fallback("optional")},
       {"budget", finops::budget_spec()},
       {"outcome", config::object("The business outcome it is for, and what one is worth.",
                                  {{"name", option(Kind::Name, "The outcome's name.").required()},
                                   {"value", option(Kind::Money, "What one is worth.").required()}})},
       {"gates", Spec{}}});
}

}  // namespace

std::vector<config::Section> gateway_sections(const Spec& gates) {
  auto use_case = use_case_spec();
  use_case.members.back().spec = gates;
  return {{"providers", config::list_of("Accounts at model providers.", provider_spec())},
          {"models", config::list_of("Models, by names of your own.", model_spec())},
          {"routes", config::list_of("Routes from requests to models.", route_spec())},
          {"use_cases", config::list_of("The use cases this factory serves.", use_case)},
          {"responses",
           config::object("Responses that callers ask to be kept (POST /v1/responses), encrypted by the vault.",
                          {{"retention", option(Kind::Duration, "How long they are kept.")
                                             .fallback("30d")
                                             .between(60'000, 3'650LL * 86'400'000)}})}};
}

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
  }

  std::expected<GatewayConfig, config::Faults> run() {
    for (const auto& node : root_["providers"].items()) read_provider(node);
    for (const auto& node : root_["models"].items()) read_model(node);
    for (const auto& node : root_["routes"].items()) read_route(node);
    for (const auto& node : root_["use_cases"].items()) read_use_case(node);
    add_builtin_model();
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
    provider.price_list = node["price_list"].text();
    provider.facts.name = provider.name;
    provider.facts.region = node["region"].text();
    provider.facts.location = node["location"].text() == "on_prem" ? "on_prem" : "";
    for (const auto& [name, value] : node["headers"].members()) provider.headers.emplace_back(name, value.text());
    if (const auto& breaker = node["breaker"]; breaker.is_set()) {
      provider.breaker = {static_cast<int>(breaker["failures"].integer()), breaker["pause"].duration(),
                          std::max(breaker["pause"].duration(), breaker["pause_max"].duration())};
    }
    const auto& commitments = node["commitments"];
    provider.facts.commitments.training_use = commitments["training_use"].text();
    if (commitments["retention_days"].is_set()) {
      provider.facts.commitments.retention_days = commitments["retention_days"].integer();
    }
    provider.facts.commitments.subprocessors = commitments["subprocessors"].texts();
    provider.facts.commitments.evidence = commitments["evidence"].text();
    if (commitments["expires"].is_set()) {
      auto expires = parse_time(commitments["expires"].text() + "T00:00:00Z");
      if (expires) provider.facts.commitments.expires = *expires;
      else faults_.push_back(commitments["expires"].error(expires.error().message));
    }
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
    if (origin) provider.origin = std::move(*origin);
    else faults_.push_back(node["base_url"].error(origin.error().message, origin.error().fix));
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
    model.context_tokens = node["context"].integer();
    model.output_tokens_max = node["max_output_tokens"].integer();
    if (node["output_limit_field"].is_set()) model.output_limit_field = node["output_limit_field"].text();
    model.price = finops::parse_price(node["price"]);
    model.prices = finops::parse_prices(node, faults_);
    check_name(node["provider"], providers_, "provider");
    models_.insert(model.name);
    config_.models.push_back(std::move(model));
  }

  /// The model that needs no provider is always there, so that a route can name it without declaring it.
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
      if (model.provider != "builtin" || model.price) continue;
      model.price = finops::ModelPrice{};
      model.price->version = "builtin";
      model.prices.push_back({Timestamp{}, Timestamp::max(), *model.price, "configuration", "built in"});
    }
  }

  void read_route(const Node& node) {
    RouteConfig route;
    route.name = node["name"].text();
    for (const auto& target : node["targets"].items()) {
      check_name(target["model"], models_, "model");
      route.targets.push_back({target["model"].text(), target["weight"].integer()});
    }
    if (std::ranges::all_of(route.targets, [](const RouteTarget& target) { return target.weight == 0; })) {
      faults_.push_back(node["targets"].error("every target has weight 0", "Give at least one a weight."));
    }
    for (const auto& target : node["fallback"].items()) {
      check_name(target["model"], models_, "model");
      route.fallback.push_back(target["model"].text());
    }
    route.timeout = node["timeout"].duration();
    route.idle_timeout = node["idle_timeout"].duration();
    route.retries = static_cast<int>(node["retries"].integer());
    routes_.insert(route.name);
    config_.routes.push_back(std::move(route));
  }

  void read_use_case(const Node& node) {
    UseCaseConfig use_case;
    use_case.name = node["name"].text();
    use_case.owner = node["owner"].text();
    use_case.description = node["description"].text();
    use_case.tier = policy::find_tier(node["risk_tier"].text()).value_or(policy::RiskTier::T3);
    use_case.data_class = policy::find_class(node["data_class"].text()).value_or(policy::DataClass::Restricted);
    use_case.route = node["route"].text();
    use_case.prompt = node["prompt"].text();
    use_case.index = node["index"].text();
    use_case.environment = node["environment"].text();
    use_case.users = node["users"].texts();
    use_case.success_metrics = node["success_metrics"].texts();
    use_case.data_sources = node["data_sources"].texts();
    use_case.compliance = node["compliance"].texts();
    use_case.fallback_message = node["fallback"]["message"].text();
    use_case.max_output_tokens = node["max_output_tokens"].integer();
    use_case.max_prompt_bytes = static_cast<std::int64_t>(node["max_prompt"].size());
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
    config_.use_cases.push_back(std::move(use_case));
  }

  const Node& root_;
  const ProviderKindTable& kinds_;
  GatewayConfig config_;
  config::Faults faults_;
  std::set<std::string> providers_, models_, routes_;
};

}  // namespace

std::expected<GatewayConfig, config::Faults> parse_gateway(const Node& root, const ProviderKindTable& kinds) {
  return Reading(root, kinds).run();
}

}  // namespace millwright::gateway
