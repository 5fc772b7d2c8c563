// JSON with limits: every document from outside is parsed here, so that depth, size and bad UTF-8 end in one
// clear error.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <boost/json.hpp>

#include "base/error.hpp"

namespace millwright {

namespace json = boost::json;

struct JsonLimits {
  std::size_t bytes_max = 32u << 20;
  std::size_t depth_max = 64;
};

/// Errors carry the byte offset. Duplicate keys keep the last value, as JSON.parse does.
[[nodiscard]] Result<json::value> parse_json(std::string_view text, JsonLimits limits = {});
[[nodiscard]] Result<json::object> parse_json_object(std::string_view text, JsonLimits limits = {});

/// A member by name, or nullptr; never throws.
[[nodiscard]] const json::value* find_member(const json::object& object, std::string_view name);
/// A string member; empty when absent or of another type.
[[nodiscard]] std::string_view string_member(const json::object& object, std::string_view name);
/// Required members, with an error that names the field.
[[nodiscard]] Result<std::string> load_string(const json::object& object, std::string_view name);
[[nodiscard]] Result<std::int64_t> load_integer(const json::object& object, std::string_view name);

}  // namespace millwright
