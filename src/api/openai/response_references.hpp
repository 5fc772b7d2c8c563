// References to items that an earlier response keeps ({"type": "item_reference", "id"}): clients that know a response was
// stored send them instead of the items.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "api/openai/routes.hpp"
#include "base/json.hpp"

namespace millwright::api::openai {

/// The response that an item's id tells of, as in "resp_…" of "msg_…o0"; nothing when it is not an id of ours.
[[nodiscard]] std::optional<std::string> response_of_item(std::string_view item);

/// Puts the kept items in the place of references to them. NotFound names the reference whose item is not kept, or is
/// kept in another scope. At most ResponseStore::conversation_length_max responses are looked at.
[[nodiscard]] io::Task<Result<void>> resolve_references(Parts parts, const std::string& scope, json::array& input);

}  // namespace millwright::api::openai
