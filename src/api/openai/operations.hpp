// POST /v1/embeddings, /v1/moderations and /v1/rerank: one JSON object in, one out.
#pragma once

#include "api/openai/surface.hpp"

namespace millwright::api::openai {

[[nodiscard]] io::Task<void> embeddings(Parts parts, io::http::Exchange& exchange);
[[nodiscard]] io::Task<void> moderations(Parts parts, io::http::Exchange& exchange);
[[nodiscard]] io::Task<void> rerank(Parts parts, io::http::Exchange& exchange);

}  // namespace millwright::api::openai
