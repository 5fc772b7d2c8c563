// POST /v1/messages, streamed and not.
#pragma once

#include "api/anthropic/routes.hpp"

namespace millwright::api::anthropic {

[[nodiscard]] io::Task<void> messages(Parts parts, io::http::Exchange& exchange);

}  // namespace millwright::api::anthropic
