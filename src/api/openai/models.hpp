// GET /v1/models and /v1/models/{id...}: what a key may put into `model`. An alias is shown, but stands in no list.
#pragma once

#include "api/openai/routes.hpp"

namespace millwright::api::openai {

[[nodiscard]] io::Task<void> list_models(Parts parts, io::http::Exchange& exchange);
[[nodiscard]] io::Task<void> show_model(Parts parts, io::http::Exchange& exchange);

}  // namespace millwright::api::openai
