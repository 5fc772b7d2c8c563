// What every kind of provider behind HTTP does alike: limits of what is read, patience, failures of the connection.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "features/gateway/provider.hpp"

namespace millwright::extensions {

inline constexpr std::size_t answer_bytes_max = 64u << 20;
inline constexpr std::size_t error_bytes_max = 256u << 10;

/// How long a provider asks to be left alone: retry-after-ms, Azure's x-ms-retry-after-ms, else Retry-After in (fractional)
/// seconds or as an HTTP date (RFC 9110, section 10.2.3), which a date that has passed makes zero. Without it, when
/// the limits that are used up come back: x-ratelimit-reset-requests where x-ratelimit-remaining-requests is 0, the same
/// of tokens. Nothing when not said, or not in a form of these.
[[nodiscard]] std::optional<Duration> retry_after(const io::http::Headers& headers, Timestamp now);

/// A date as headers write it: "Tue, 24 Nov 2026 12:00:30 GMT".
[[nodiscard]] std::optional<Timestamp> http_date(std::string_view text);

/// A connection that could not be made or broke: another attempt may succeed, unless the caller has gone or the house's own
/// rules forbid the address.
[[nodiscard]] gateway::ProviderFailure failure_of_transport(Error error);

/// Pass-through: what this provider sends with every request goes into a caller's own, but for the type of the body.
void put_credentials(const io::http::Headers& own, io::http::Headers& headers);

/// The stream ended without the dialect's own last event.
[[nodiscard]] Error cut_short(std::string_view provider);

/// `failure` ended an answer that had begun: it may be billed, and what is known of the answer goes with it.
[[nodiscard]] gateway::ProviderFailure broken(gateway::ProviderFailure failure, const gateway::ProviderAnswer& known);
/// The same of an error that the provider itself sent into its stream. In place of an answer, with nothing counted, it is
/// no more billed than under a status of its own.
[[nodiscard]] gateway::ProviderFailure broken_by_provider(gateway::ProviderFailure failure,
                                                          const gateway::ProviderAnswer& known, bool has_begun);

/// The request cannot be said in this dialect: nothing was sent, another provider may take it.
[[nodiscard]] gateway::ProviderFailure failure_of_translation(Error error, std::string_view provider);

/// Reads the few bytes behind the terminal event, so that the connection can serve again.
[[nodiscard]] io::Task<void> drain(io::http::ClientResponse& upstream);

}  // namespace millwright::extensions
