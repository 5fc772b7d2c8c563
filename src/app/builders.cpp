// In order of rank, each feature takes its part of the configuration: built first, put in force together.
#include "app/factory.hpp"
#include "app/gateway_state.hpp"
#include "app/vocabulary.hpp"

namespace millwright::app {

namespace {

using configuration::Install;
using configuration::Loaded;

std::filesystem::path directory_of(const Factory& factory) {
  return std::filesystem::absolute(factory.options.config_file).parent_path();
}

Result<Install> build_data(Factory& factory, const Loaded& loaded) {
  const auto retention = telemetry::parse_telemetry(loaded.tree["telemetry"]);
  auto sources = ingestion::parse_sources(loaded.tree["sources"]);
  if (!sources) return pass(sources);
  for (auto& source : *sources) {
    const std::filesystem::path path(source.path);
    if (path.is_relative()) source.path = (directory_of(factory) / path).lexically_normal().string();
  }
  auto datasets = curation::parse_datasets(loaded.tree["datasets"]);
  if (!datasets) return pass(datasets);
  auto indexes = retrieval::parse_indexes(loaded.tree["indexes"]);
  if (!indexes) return pass(indexes);
  return Install([&factory, retention, sources = std::move(*sources), datasets = std::move(*datasets),
                  indexes = std::move(*indexes)]() {
    factory.retention->replace_settings(retention);
    factory.ingestion->replace_sources(sources);
    factory.curation->replace_datasets(datasets);
    factory.retrieval->replace_indexes(indexes);
  });
}

std::vector<telemetry::Outcomes::Definition> outcome_definitions(const gateway::GatewayConfig& config) {
  std::vector<telemetry::Outcomes::Definition> definitions;
  for (const auto& use_case : config.use_cases) {
    if (use_case.outcome_name.empty()) continue;
    definitions.push_back({use_case.name, use_case.outcome_name, use_case.outcome_worth});
  }
  return definitions;
}

Result<Install> build_gateway(Factory& factory, const Loaded& loaded) {
  auto state = build_gateway_state(loaded, *factory.client, *factory.prices, system_clock().now(), directory_of(factory));
  if (!state) return pass(state);
  auto limits = factory.gateway->prepare_limits(state->config.limits);
  if (!limits) return pass(limits);
  state->limits = std::move(*limits);
  auto keys = factory.keys->list();
  if (!keys) return pass(keys);
  const auto budgets = budget_definitions(loaded, state->config, *keys);
  const auto rules = egress_rules(*state);
  const auto definitions = outcome_definitions(state->config);
  auto applied = factory.pauses->applied_to(std::move(*state));
  if (!applied) return pass(applied);
  return Install([&factory, budgets, rules, definitions, state = std::move(*applied)]() {
    factory.egress->replace_rules(rules);
    factory.outcomes->replace_definitions(definitions);
    factory.gateway->replace_state(state);
    const auto replaced = factory.accounts->replace_budgets(budgets);
    if (!replaced) {
      factory.alerts->raise("config:budgets", "critical", "Budgets could not be loaded", replaced.error().message,
                            "budgets");
    }
  });
}

Result<Install> build_batches(Factory& factory, const Loaded& loaded) {
  return Install([&factory, batches = batches::parse_batches(loaded.tree["batches"]),
                  files = batches::parse_files(loaded.tree["files"])]() {
    factory.batches->replace_settings(batches);
    factory.files->replace_settings(files);
  });
}

Result<Install> build_delivery(Factory& factory, const Loaded& loaded) {
  auto suites = load_suites(loaded.tree, directory_of(factory), factory.graders);
  if (!suites) return std::unexpected(configuration::join_faults(suites.error()));
  auto prompts = delivery::parse_prompts(loaded.tree["prompts"], directory_of(factory).string());
  if (!prompts) return pass(prompts);
  return Install([&factory, suites = std::move(*suites), prompts = std::move(*prompts)]() {
    factory.evaluation->replace_suites(suites);
    factory.delivery->replace_config(prompts);
    factory.delivery->refresh();
  });
}

}  // namespace

Result<void> register_builders(Factory& factory) {
  using Build = Result<Install> (*)(Factory&, const Loaded&);
  const std::pair<std::string, Build> builders[] = {
      {"data", build_data},
      {"gateway", build_gateway},
      {"batches", build_batches},
      {"delivery", build_delivery},
  };
  for (const auto& [name, build] : builders) {
    auto added = factory.configuration->add_builder(
        name, [&factory, build](const Loaded& candidate) { return build(factory, candidate); });
    if (!added) return pass(added);
  }
  return {};
}

Result<void> refresh_prices(Factory& factory) {
  return factory.pauses->change([&factory](gateway::GatewayState& state) {
    state.prices = make_prices(state.config, *factory.configuration->current(), *factory.prices);
  });
}

Result<void> refresh_budgets(Factory& factory) {
  auto keys = factory.keys->list();
  if (!keys) return pass(keys);
  const auto state = factory.gateway->state();
  return factory.accounts->replace_budgets(
      budget_definitions(*factory.configuration->current(), state->config, *keys));
}

}  // namespace millwright::app
