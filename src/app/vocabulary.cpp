#include "app/vocabulary.hpp"

#include <fstream>
#include <sstream>

#include "extensions/providers/all.hpp"
#include "features/batches/config.hpp"
#include "features/configuration/config.hpp"
#include "features/curation/curation.hpp"
#include "features/delivery/delivery.hpp"
#include "features/finops/config.hpp"
#include "features/gateway/config.hpp"
#include "features/gateway/task_classifiers.hpp"
#include "features/identity/config.hpp"
#include "features/ingestion/config.hpp"
#include "features/policy/config.hpp"
#include "features/retrieval/retrieval.hpp"
#include "features/telemetry/config.hpp"

namespace millwright::app {

namespace {

constexpr std::uintmax_t suite_bytes_max = 4u << 20;

std::optional<std::string> read_file(const std::filesystem::path& path) {
  std::error_code error;
  const auto size = std::filesystem::file_size(path, error);
  if (error || size > suite_bytes_max) return std::nullopt;
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  if (!file) return std::nullopt;
  return std::move(text).str();
}

std::vector<config::Section> all_sections() {
  std::vector<config::Section> sections = configuration::sections();
  sections.push_back(identity::teams_section(finops::budget_spec()));
  for (auto& section : gateway::gateway_sections(evaluation::gates_spec())) sections.push_back(std::move(section));
  sections.push_back(batches::batches_section());
  sections.push_back(batches::files_section());
  sections.push_back(ingestion::sources_section());
  sections.push_back(curation::datasets_section());
  sections.push_back(retrieval::indexes_section());
  sections.push_back(delivery::prompts_section());
  sections.push_back(evaluation::suites_section());
  sections.push_back(policy::policy_section());
  sections.push_back(policy::guard_section());
  sections.push_back(finops::finops_section());
  sections.push_back(telemetry::telemetry_section());
  return sections;
}

std::vector<configuration::Reference> all_references() {
  return {
      {"use_cases[].owner", "teams", {}},      {"use_cases[].prompt", "prompts", {}},
      {"use_cases[].index", "indexes", {}},    {"use_cases[].gates.suite", "suites", {}},
      {"datasets[].owner", "teams", {}},       {"datasets[].sources[]", "sources", {}},
      {"indexes[].dataset", "datasets", {}},   {"batches.use_cases[].use_case", "use_cases", {}},
  };
}

void check_gateway(const config::Node& tree, config::Faults& faults) {
  auto parsed = gateway::parse_gateway(tree, gateway::facts_of(extensions::provider_kinds()));
  if (parsed) return;
  for (auto& fault : parsed.error()) faults.push_back(std::move(fault));
}

void check_policy(const config::Node& tree, config::Faults& faults) {
  auto made = policy::make_policy(tree["policy"], system_clock().now());
  if (!made) faults.push_back(std::move(made.error()));
}

}  // namespace

std::expected<std::vector<evaluation::Suite>, config::Faults> load_suites(const config::Node& tree,
                                                                          const std::filesystem::path& directory,
                                                                          const evaluation::Graders& graders) {
  std::vector<evaluation::Suite> suites;
  config::Faults faults;
  for (const auto& node : tree["suites"].items()) {
    const auto file = directory / node["file"].text();
    const auto text = read_file(file);
    if (!text) {
      faults.push_back(node["file"].error(fmt::format("the suite file {} cannot be read", file.string())));
      continue;
    }
    auto suite = evaluation::parse_suite(*text, node["file"].text(), &graders);
    if (!suite) {
      for (auto& fault : suite.error()) faults.push_back(std::move(fault));
      continue;
    }
    suite->name = node["name"].text();
    suites.push_back(std::move(*suite));
  }
  if (!faults.empty()) return std::unexpected(std::move(faults));
  return suites;
}

configuration::Vocabulary make_vocabulary(const std::filesystem::path& directory, const evaluation::Graders& graders) {
  configuration::Vocabulary vocabulary;
  vocabulary.sections = all_sections();
  vocabulary.references = all_references();
  vocabulary.checks.emplace_back(check_gateway);
  vocabulary.checks.emplace_back(check_policy);
  vocabulary.checks.emplace_back([directory, &graders](const config::Node& tree, config::Faults& faults) {
    auto suites = load_suites(tree, directory, graders);
    if (suites) return;
    for (auto& fault : suites.error()) faults.push_back(std::move(fault));
  });
  vocabulary.checks.emplace_back([directory](const config::Node& tree, config::Faults& faults) {
    for (const auto& node : tree["task_classifiers"].items()) {
      auto loaded = gateway::load_task_classifiers({{node["name"].text(), node["file"].text(), 0}}, directory);
      if (!loaded) faults.push_back(node["file"].error(loaded.error().message, loaded.error().fix));
    }
  });
  vocabulary.checks.emplace_back([directory](const config::Node& tree, config::Faults& faults) {
    auto prompts = delivery::parse_prompts(tree["prompts"], directory.string());
    if (!prompts) faults.push_back(std::move(prompts.error()));
  });
  return vocabulary;
}

}  // namespace millwright::app
