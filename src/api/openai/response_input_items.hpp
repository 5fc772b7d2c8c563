// GET /v1/responses/{id}/input_items: what was asked, a page at a time.
#pragma once

#include "api/openai/routes.hpp"

namespace millwright::api::openai {

[[nodiscard]] io::Task<void> list_input_items(Parts parts, io::http::Exchange& exchange);

}  // namespace millwright::api::openai
