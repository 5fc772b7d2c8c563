// POST /v1/responses: at once, as a stream of events, or in the background.
#pragma once

#include "api/openai/routes.hpp"

namespace millwright::api::openai {

[[nodiscard]] io::Task<void> create_response(Parts parts, io::http::Exchange& exchange);

}  // namespace millwright::api::openai
