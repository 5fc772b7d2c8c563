// Prices that stand beside a model in the source.
#pragma once

#include "cli/litellm/draft.hpp"

namespace millwright::cli::litellm {

/// Takes prices out of litellm_params and model_info into `model`'s price. `path` is the model's, for the report.
void read_prices(Draft& draft, const config::Node& parameters, const config::Node& info, json::object& model,
                 const std::string& path);

}  // namespace millwright::cli::litellm
