// OpenAI's models on Azure: the same words at another address, below a deployment's name.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "features/gateway/provider.hpp"

namespace millwright::extensions {

/// Options: api_version, "2024-10-21" when left out: a date names a version of the API with deployments in its paths,
/// "v1" or "preview" the one without; auth, "api-key" or "bearer", which says how api_key is sent. A model's id is the
/// name of its deployment.
[[nodiscard]] Result<std::unique_ptr<gateway::Provider>> make_azure(const gateway::ProviderParts& parts);
[[nodiscard]] gateway::ProviderKindFacts azure_facts();

/// The path below a resource's address whose own path is `base_path`, which may hold "/openai" or "/openai/v1" already.
[[nodiscard]] std::string azure_path(std::string_view base_path, std::string_view api_version,
                                     std::string_view deployment, std::string_view operation_path);

}  // namespace millwright::extensions
