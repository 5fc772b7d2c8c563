// /v1/batches: many calls in one file that nobody waits for.
#pragma once

#include "api/openai/routes.hpp"

namespace millwright::api::openai {

[[nodiscard]] io::Task<void> create_batch(Parts parts, io::http::Exchange& exchange);
[[nodiscard]] io::Task<void> list_batches(Parts parts, io::http::Exchange& exchange);
[[nodiscard]] io::Task<void> show_batch(Parts parts, io::http::Exchange& exchange);
[[nodiscard]] io::Task<void> cancel_batch(Parts parts, io::http::Exchange& exchange);

}  // namespace millwright::api::openai
