// What a document contains: its class and tags by the detectors, and whether it must be held back.
#pragma once

#include "features/ingestion/ingestion.hpp"
#include "features/policy/policy.hpp"

namespace millwright::curation {

/// Raises the class, sets the tags, and quarantines with evidence what the policy blocks in documents (planted keys,
/// injected instructions) or what hides instructions.
void classify(ingestion::Document& document, const ingestion::ParsedDocument& parsed, const policy::Guard& guard);

/// "pii.email" for "email", "secret" for "secret.github", "injection" for "injection.override".
[[nodiscard]] std::string tag_for(std::string_view finding_type);

}  // namespace millwright::curation
