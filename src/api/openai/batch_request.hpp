// The body of POST /v1/batches. Pure.
#pragma once

#include "base/json.hpp"
#include "features/batches/batches.hpp"

namespace millwright::api::openai {

/// Without caller. InvalidInput names the field; fields nobody knows are refused.
[[nodiscard]] Result<batches::NewBatch> parse_batch_request(const json::object& body, Timestamp now);

}  // namespace millwright::api::openai
