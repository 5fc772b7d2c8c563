// One content block of a Messages request as a part of a canonical message.
#pragma once

#include <string>

#include "base/json.hpp"

namespace millwright::api::anthropic {

/// Text, images and documents get their canonical shape; every other block is a native one of this dialect. Members
/// nobody knows travel along, null ones do not. InvalidInput names a field below `field`.
[[nodiscard]] Result<json::object> decode_part(const json::object& block, const std::string& field);

/// The type of a block. InvalidInput when `block` is no object, or its type no string.
[[nodiscard]] Result<std::string_view> type_of_block(const json::value& block, const std::string& field);

/// {type: "native", dialect: "anthropic", value}.
[[nodiscard]] json::object native_part(const json::object& block);

}  // namespace millwright::api::anthropic
