// Errors of Google's APIs (google.rpc.Status as JSON) as failures of a provider.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/json.hpp"
#include "features/gateway/provider.hpp"
#include "io/http/message.hpp"

namespace millwright::extensions {

/// The `error` object of a body, or nullptr: {"error": {…}}, or the same in a list of one.
[[nodiscard]] const json::value* find_google_error(const json::value& body);
/// A failure from an error body under `status`; 0: the status the body itself names. What to wait comes from RetryInfo
/// in the body, else from the headers.
[[nodiscard]] gateway::ProviderFailure failure_of_google(std::uint16_t status, std::string_view body,
                                                         const io::http::Headers& headers, std::string_view provider);

}  // namespace millwright::extensions
