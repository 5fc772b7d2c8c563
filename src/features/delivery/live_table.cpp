#include "features/delivery/live_table.hpp"

#include <algorithm>

namespace millwright::delivery {

bool may_serve_config(const gateway::UseCaseConfig& use_case) {
  return !use_case.needs_release && use_case.tier < policy::RiskTier::T2;
}

Result<gateway::LiveRelease> config_release(const LiveInputs& inputs, const gateway::UseCaseConfig& use_case) {
  gateway::LiveRelease live{.prompt_name = use_case.prompt, .route = use_case.route};
  if (!use_case.prompt.empty()) {
    const auto prompt = std::ranges::find(*inputs.prompts, use_case.prompt, &PromptConfig::name);
    if (prompt == inputs.prompts->end()) {
      return fail(ErrorCode::InvalidConfig, "use case \"{}\" names a prompt \"{}\" that is not configured",
                  use_case.name, use_case.prompt);
    }
    live.prompt_text = prompt->text;
    const auto version = inputs.prompt_versions->find(use_case.prompt);
    live.prompt_version = version == inputs.prompt_versions->end() ? sha256(prompt->text).short_text() : version->second;
  }
  if (!use_case.index.empty()) live.index = inputs.retrieval->live(use_case.index);
  const std::string canonical = json::serialize(json::object{{"use_case", use_case.name},
                                                             {"prompt", use_case.prompt},
                                                             {"text", sha256(live.prompt_text).text()},
                                                             {"route", use_case.route},
                                                             {"index", use_case.index}});
  live.id = "config@" + sha256(canonical).short_text();
  return live;
}

Result<gateway::LiveRelease> serve_release(registry::Registry& registry, const retrieval::Retrieval& retrieval,
                                           const Release& release) {
  gateway::LiveRelease live{.id = release.id, .prompt_name = release.prompt_name,
                            .prompt_version = release.prompt_version, .route = release.route_name};
  if (!release.prompt.is_none()) {
    auto text = registry.load_bytes(release.prompt);
    if (!text) return pass(text);
    live.prompt_text = std::move(*text);
  }
  if (!release.index_name.empty()) live.index = retrieval.live(release.index_name);
  return live;
}

std::optional<gateway::Live> make_live(const LiveInputs& inputs, const gateway::UseCaseConfig& use_case) {
  if (inputs.refused->contains(use_case.name)) return std::nullopt;
  const auto serving = inputs.serving->find(use_case.name);
  const bool has_release = serving != inputs.serving->end() && serving->second.stable;
  if (!has_release && !may_serve_config(use_case)) return std::nullopt;
  auto stable = has_release ? serve_release(*inputs.registry, *inputs.retrieval, *serving->second.stable)
                            : config_release(inputs, use_case);
  if (!stable) return std::nullopt;
  gateway::Live live{.stable = std::move(*stable)};
  if (serving != inputs.serving->end() && serving->second.canary) {
    auto canary = serve_release(*inputs.registry, *inputs.retrieval, *serving->second.canary);
    if (canary) {
      live.canary = std::move(*canary);
      live.canary_basis_points = serving->second.canary->canary_basis_points;
    }
  }
  return live;
}

}  // namespace millwright::delivery
