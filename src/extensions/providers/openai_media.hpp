// Images, speech and transcripts as OpenAI has them, and every server that follows it.
#pragma once

#include "extensions/providers/openai_wire.hpp"

namespace millwright::extensions {

/// The path of a media operation below the base URL.
[[nodiscard]] std::string_view openai_media_path(gateway::Operation operation);

/// Sends `call.body`, as JSON or with `call.form`'s files, and reads what comes: JSON, text or, to `call.media`, a
/// stream. `path` as in call_openai.
[[nodiscard]] io::Task<gateway::ProviderResult> call_openai_media(const OpenAiEndpoint& endpoint, std::string path,
                                                                  const gateway::ProviderCall& call);

/// Disjoint meters from the `usage` of images (input_tokens_details), transcripts (input_token_details) and speech, and
/// of an image's `svg_usage`. Nothing when there is none, or when it counts seconds.
[[nodiscard]] std::optional<finops::TokenCounts> read_openai_media_usage(gateway::Operation operation,
                                                                         const json::object& answer);
/// The body of a form: `form`'s parts in their order, its fields with the values they have in `body`.
[[nodiscard]] std::string render_openai_form(const io::http::Form& form, const json::object& body,
                                             std::string& boundary);

}  // namespace millwright::extensions
