// The canonical chat as a request of Gemini's generateContent, the same for both of Google's services.
#pragma once

#include <string>
#include <string_view>

#include "base/json.hpp"

namespace millwright::extensions {

/// The body of generateContent and streamGenerateContent. What the caller sent in Gemini's own words (safetySettings,
/// labels, generationConfig; `google` or `extra_body.google` with snake_case names) travels along, but never beyond the
/// bounds on the answer, and no content that only the provider knows. InvalidInput names the field that Gemini cannot
/// take; another provider may.
/// https://ai.google.dev/api/generate-content
[[nodiscard]] Result<json::object> render_gemini_request(const json::object& body);

/// A model's id as a path: "gemini-2.5-pro" → "models/gemini-2.5-pro"; an id with a slash stands for itself. What has
/// no place in a path is percent-encoded.
[[nodiscard]] std::string gemini_model_path(std::string_view id);

}  // namespace millwright::extensions
