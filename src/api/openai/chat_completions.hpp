// POST /v1/chat/completions, streamed and not.
#pragma once

#include "api/openai/routes.hpp"

namespace millwright::api::openai {

[[nodiscard]] io::Task<void> chat_completions(Parts parts, io::http::Exchange& exchange);

}  // namespace millwright::api::openai
