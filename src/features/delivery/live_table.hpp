// What the gateway is told to serve: releases where they are live, the configuration as it stands where that is allowed.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "features/delivery/delivery.hpp"

namespace millwright::delivery {

/// The releases of one use case that meet traffic.
struct Serving {
  std::optional<Release> stable, canary;
};
using ServingTable = std::map<std::string, Serving, std::less<>>;

struct LiveInputs {
  const gateway::GatewayState* state = nullptr;
  const std::vector<PromptConfig>* prompts = nullptr;
  const std::map<std::string, std::string>* prompt_versions = nullptr;   // by prompt name
  const ServingTable* serving = nullptr;
  const std::set<std::string, std::less<>>* refused = nullptr;           // use cases that must serve nothing
  registry::Registry* registry = nullptr;
  retrieval::Retrieval* retrieval = nullptr;
};

/// A use case may serve its configuration without a release: its tier is below T2 and it does not ask for one.
[[nodiscard]] bool may_serve_config(const gateway::UseCaseConfig& use_case);

/// The configuration as it stands, named "config@" and the beginning of its digest.
[[nodiscard]] Result<gateway::LiveRelease> config_release(const LiveInputs& inputs,
                                                          const gateway::UseCaseConfig& use_case);

/// A release as the gateway serves it. It searches the version of its index that is live now: which documents are
/// current is decided by approving datasets, a release fixes prompt, route, and which index.
[[nodiscard]] Result<gateway::LiveRelease> serve_release(registry::Registry& registry,
                                                         const retrieval::Retrieval& retrieval, const Release& release);

/// One use case; nothing when it must not or cannot be served.
[[nodiscard]] std::optional<gateway::Live> make_live(const LiveInputs& inputs, const gateway::UseCaseConfig& use_case);

}  // namespace millwright::delivery
