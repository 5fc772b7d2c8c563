// Who may read an item, as source and configuration say, and whether one permission covers another.
#pragma once

#include <string>
#include <string_view>

#include "features/ingestion/config.hpp"
#include "features/ingestion/connector.hpp"

namespace millwright::ingestion {

/// What the source itself knows, else the first matching rule, else the source's own.
[[nodiscard]] Acl acl_for(const SourceConfig& source, const SourceItem& item);
/// The JSON stored in a row: {"allow":[…],"deny":[…]}, sorted.
[[nodiscard]] std::string render_acl(const Acl& acl);
/// What cannot be read lets nobody in.
[[nodiscard]] Acl parse_acl_text(std::string_view text);

[[nodiscard]] std::string render_list(const std::vector<std::string>& list);
[[nodiscard]] std::vector<std::string> parse_list(std::string_view text);

}  // namespace millwright::ingestion
