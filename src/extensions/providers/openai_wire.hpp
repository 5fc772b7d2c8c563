// One call in OpenAI's words over HTTP, the same for OpenAI, for Azure and for every server that speaks like them: a kind
// adds where the call goes and what proves that it may be made.
#pragma once

#include <string>
#include <string_view>

#include "extensions/providers/openai_presets.hpp"
#include "features/gateway/provider.hpp"

namespace millwright::extensions {

/// Where calls go.
struct OpenAiEndpoint {
  std::string provider;  // its name, for errors
  io::http::Origin origin;
  io::http::Headers headers;  // with credentials
  io::http::Client* client = nullptr;
  const OpenAiPreset* preset = nullptr;  // how the server differs; lives for ever
};

/// The path of an operation below the address of an API: "/chat/completions".
[[nodiscard]] std::string_view openai_path(gateway::Operation operation);

/// Says `call.body` in the server's words, where it cannot go as it stands, and reads what comes, streamed or not, as
/// gateway::Provider::chat promises. `path`: below the origin, with its query if any. The endpoint outlives the call.
[[nodiscard]] io::Task<gateway::ProviderResult> call_openai(const OpenAiEndpoint& endpoint, std::string path,
                                                            const gateway::ProviderCall& call,
                                                            const gateway::OnChunk& on_chunk);

/// A failure from an error answer, or from an error inside a stream or under status 200. `status` decides what may be
/// tried next; a refusal by the provider's own content filter is PolicyRefused by the rule "provider.content_filter".
[[nodiscard]] gateway::ProviderFailure failure_of_openai(std::uint16_t status, std::string_view body,
                                                         std::string_view provider);

}  // namespace millwright::extensions
