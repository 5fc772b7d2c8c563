// Models on Amazon Bedrock: Converse for chats, InvokeModel for embeddings.
#pragma once

#include <memory>

#include "features/gateway/provider.hpp"

namespace millwright::extensions {

/// Options: region; host, the name that AWS sees when something in front of it changes it; reasoning, "budget" or
/// "adaptive", for Anthropic's models; guardrail and guardrail_version, put before every call; s3_prefix, below which
/// requests may name objects in S3, which are read with the provider's rights. Secrets: access_key_id and
/// secret_access_key, session_token with temporary ones; or api_key, a Bedrock API key, in their place. Without a base_url
/// of its own it calls the region's endpoint.
[[nodiscard]] Result<std::unique_ptr<gateway::Provider>> make_bedrock(const gateway::ProviderParts& parts);
[[nodiscard]] gateway::ProviderKindFacts bedrock_facts();

/// The host that serves a region: "bedrock-runtime.eu-central-1.amazonaws.com".
[[nodiscard]] std::string bedrock_host(std::string_view region);

}  // namespace millwright::extensions
