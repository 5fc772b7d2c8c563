// Any bytes as a JSON request: parsed within its limits or refused with a place inside the text.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/json.hpp"
#include "base/text.hpp"

using namespace millwright;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  auto value = parse_json(text, {.bytes_max = 1u << 20, .depth_max = 32});
  if (!value) {
    const auto& where = value.error().where;
    ensure(!where.byte || *where.byte <= size, "the fault lies inside the text");
    return 0;
  }
  const std::string rendered = json::serialize(*value);
  ensure(!first_invalid_utf8(rendered), "what was accepted is valid UTF-8");
  const auto again = parse_json(rendered, {.bytes_max = 8u << 20, .depth_max = 32});
  ensure(again.has_value(), "what was accepted can be written and read again");
  if (const auto* object = value->if_object()) {
    for (const std::string_view name : {"model", "stream", "max_tokens"}) {
      static_cast<void>(string_member(*object, name));
      static_cast<void>(load_integer(*object, name).has_value());
      static_cast<void>(load_string(*object, name).has_value());
    }
  }
  return 0;
}
