// POST /v1/images/* and /v1/audio/*: JSON or forms in; JSON, text, events or a file out.
#pragma once

#include "api/openai/routes.hpp"

namespace millwright::api::openai {

[[nodiscard]] io::Task<void> generate_images(Parts parts, io::http::Exchange& exchange);
[[nodiscard]] io::Task<void> edit_images(Parts parts, io::http::Exchange& exchange);
[[nodiscard]] io::Task<void> vary_images(Parts parts, io::http::Exchange& exchange);
[[nodiscard]] io::Task<void> speak(Parts parts, io::http::Exchange& exchange);
[[nodiscard]] io::Task<void> transcribe(Parts parts, io::http::Exchange& exchange);
[[nodiscard]] io::Task<void> translate(Parts parts, io::http::Exchange& exchange);

}  // namespace millwright::api::openai
