// The provider behind one entry of model_list: found among those that the entries before it made, or made anew.
#pragma once

#include <optional>
#include <string>

#include "cli/litellm/draft.hpp"

namespace millwright::cli::litellm {

struct ProviderOfModel {
  std::string provider;  // its name here
  std::string id;        // of the model, as the provider calls it
};
/// Accounts for `model` and all of the account's settings; nothing when there is no such provider here, which the
/// account says too. `parameters` is litellm_params; `model_text` its model, after wildcards.
[[nodiscard]] std::optional<ProviderOfModel> provider_of(Draft& draft, const config::Node& parameters,
                                                         const std::string& model_text);

}  // namespace millwright::cli::litellm
