// POST /v1/responses/{id}/cancel: ends a background response.
#pragma once

#include "api/openai/routes.hpp"

namespace millwright::api::openai {

[[nodiscard]] io::Task<void> cancel_response(Parts parts, io::http::Exchange& exchange);

}  // namespace millwright::api::openai
