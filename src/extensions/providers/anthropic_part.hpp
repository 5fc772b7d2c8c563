// One part of a canonical message as a content block of the Messages API.
#pragma once

#include <string>

#include "base/json.hpp"
#include "features/gateway/gateway.hpp"

namespace millwright::extensions {

/// The block of a part: text, images, PDF and text files, blocks of this dialect itself. Members nobody knows travel
/// along. What cannot be said to a Claude model is InvalidInput that names `field`, never left out.
[[nodiscard]] Result<json::object> encode_anthropic_part(const json::object& part, const std::string& field);

/// The value of a `{type: "native", dialect, value}` of this dialect; one of another dialect is refused by its name.
[[nodiscard]] Result<json::object> unwrap_anthropic_native(const json::object& part, const std::string& field);

}  // namespace millwright::extensions
