// Which documents a dataset holds: its sources, and rules such as "tag:pii.*" or "path:**/old/**".
#pragma once

#include <string_view>

#include "features/curation/curation.hpp"

namespace millwright::curation {

[[nodiscard]] bool is_rule(std::string_view rule);
[[nodiscard]] bool matches_rule(std::string_view rule, const ingestion::Document& document);
/// True when the document is fit to serve (indexed, not off limits) and the rules let it in. Sources are not looked at.
[[nodiscard]] bool is_selected(const DatasetConfig& dataset, const ingestion::Document& document);

}  // namespace millwright::curation
