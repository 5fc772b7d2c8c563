// One call in OpenAI's words over HTTP, the same for OpenAI, for Azure and for every server that speaks like them: a kind
// adds where the call goes and what proves that it may be made.
#pragma once

#include <string>
#include <string_view>

#include "features/gateway/provider.hpp"

namespace millwright::extensions {

/// Where a call goes.
struct OpenAiEndpoint {
  std::string provider;  // its name, for errors
  io::http::Origin origin;
  std::string path;           // below the origin, with its query if any
  io::http::Headers headers;  // with credentials
  io::http::Client* client = nullptr;
};

/// The path of an operation below the address of an API: "/chat/completions".
[[nodiscard]] std::string_view openai_path(gateway::Operation operation);

/// Sends `call.body` as it stands and reads what comes, streamed or not, as gateway::Provider::chat promises. A kind that
/// has to say the request in other words hands in a call with a body of its own.
[[nodiscard]] io::Task<gateway::ProviderResult> call_openai(const OpenAiEndpoint& endpoint,
                                                            const gateway::ProviderCall& call,
                                                            const gateway::OnChunk& on_chunk);

/// A failure from an error answer, or from an error inside a stream or under status 200. `status` decides what may be
/// tried next; a refusal by the provider's own content filter is PolicyRefused by the rule "provider.content_filter".
[[nodiscard]] gateway::ProviderFailure failure_of_openai(std::uint16_t status, std::string_view body,
                                                         std::string_view provider);

}  // namespace millwright::extensions
