// DELETE /v1/responses/{id}: forgets a kept response; one that still runs is cancelled.
#pragma once

#include "api/openai/routes.hpp"

namespace millwright::api::openai {

[[nodiscard]] io::Task<void> delete_response(Parts parts, io::http::Exchange& exchange);

}  // namespace millwright::api::openai
