// What makes an artifact: the checks of a new one, and the digest that is its name for ever.
#pragma once

#include "features/registry/registry.hpp"

namespace millwright::registry {

/// InvalidInput or TooLarge, with the reason.
[[nodiscard]] Result<void> check_artifact(const NewArtifact& artifact);
/// SHA-256 of the canonical JSON of kind, name, content digest, size, sorted parents and metadata.
[[nodiscard]] Digest artifact_digest(const Artifact& artifact);

}  // namespace millwright::registry
