// What a release is made of: its artifacts in the registry, the manifest that lists them, and the signature over both.
#pragma once

#include <string>
#include <vector>

#include "features/delivery/delivery.hpp"

namespace millwright::delivery {

/// What a release is made from, gathered from the configuration in force.
struct Ingredients {
  const gateway::UseCaseConfig* use_case = nullptr;
  const gateway::GatewayState* state = nullptr;
  std::string prompt_name, prompt_text;
  std::optional<evaluation::Suite> suite;
  std::optional<retrieval::IndexVersion> index;
};

/// Stores every artifact and the manifest, and notes their digests in `release`.
[[nodiscard]] Result<void> store_artifacts(registry::Registry& registry, const Ingredients& ingredients,
                                           Release& release);

/// What the signature covers: the manifest and every artifact it lists.
[[nodiscard]] std::vector<registry::Resource> resources_of(const Release& release);

[[nodiscard]] Result<std::string> sign_release(const registry::Signer& signer, const Release& release,
                                               const evaluation::Report& report);

/// The bundle is of this installation's key and of exactly this release; the manifest says what the row says; every
/// artifact is there, unaltered.
[[nodiscard]] Result<void> verify_release(registry::Registry& registry, const registry::Signer& signer,
                                          const Release& release);

}  // namespace millwright::delivery
