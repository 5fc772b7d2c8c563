// GET /v1/responses/{id}: a kept response, finished or not.
#pragma once

#include "api/openai/routes.hpp"

namespace millwright::api::openai {

[[nodiscard]] io::Task<void> show_response(Parts parts, io::http::Exchange& exchange);

}  // namespace millwright::api::openai
