// Fuzzes the translation of chat requests for Gemini: whatever a caller sends becomes a request or an error that names
// its field, and no schema takes more than its bound.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "extensions/providers/gemini_request.hpp"
#include "extensions/providers/gemini_schema.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace millwright;
  if (size == 0 || size > (32u << 10)) return 0;
  auto body = parse_json_object({reinterpret_cast<const char*>(data), size});
  if (!body) return 0;
  const auto request = extensions::render_gemini_request(*body);
  if (request && !request->contains("contents")) std::abort();
  if (!request && request.error().where.field.empty()) std::abort();
  (void)extensions::clean_gemini_schema(*body);
  return 0;
}
