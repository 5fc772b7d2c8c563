// JSON Schema in the words of Gemini's own Schema object, which is a subset of OpenAPI's.
#pragma once

#include "base/json.hpp"

namespace millwright::extensions {

struct GeminiSchema {
  json::object schema;
  bool is_exact = true;  // false: the subset cannot say all of it; send the JSON Schema itself instead
};
/// References are put in place, null types become `nullable`, constants become enums, and what is only a hint to
/// readers is left out. Bounded: what is nested deeper than 32 or unfolds to more than 10,000 schemas is not exact.
/// https://ai.google.dev/api/caching#Schema
[[nodiscard]] GeminiSchema clean_gemini_schema(const json::object& schema);

}  // namespace millwright::extensions
