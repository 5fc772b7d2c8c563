// JSON with limits: every document from outside is parsed here, so that depth, size and bad UTF-8 end in one
// clear error.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include <boost/json.hpp>

#include "base/error.hpp"

namespace millwright {

namespace json = boost::json;

struct JsonLimits {
  std::size_t bytes_max = 32u << 20;
  std::size_t depth_max = 64;
};

/// Where the values of a parsed text live. Pooled: in one pool that goes when the last of them goes; fast to fill and to
/// drop, but what is changed or removed meanwhile keeps its place. For texts that live as long as one request.
enum class JsonMemory : bool { Heap, Pooled };

/// Errors carry the byte offset. Duplicate keys keep the last value, as JSON.parse does.
[[nodiscard]] Result<json::value> parse_json(std::string_view text, JsonLimits limits = {},
                                             JsonMemory memory = JsonMemory::Heap);
[[nodiscard]] Result<json::object> parse_json_object(std::string_view text, JsonLimits limits = {},
                                                     JsonMemory memory = JsonMemory::Heap);

/// Puts `source` in the place of `target`, pool and all: assigning between pools would copy every value.
template <class T>
void take_over(T& target, T&& source) {
  static_assert(std::is_nothrow_move_constructible_v<T>);
  std::destroy_at(&target);
  std::construct_at(&target, std::move(source));
}

/// A member by name, or nullptr; never throws.
[[nodiscard]] const json::value* find_member(const json::object& object, std::string_view name);
/// A string member; empty when absent or of another type.
[[nodiscard]] std::string_view string_member(const json::object& object, std::string_view name);
/// Required members, with an error that names the field.
[[nodiscard]] Result<std::string> load_string(const json::object& object, std::string_view name);
[[nodiscard]] Result<std::int64_t> load_integer(const json::object& object, std::string_view name);

}  // namespace millwright
