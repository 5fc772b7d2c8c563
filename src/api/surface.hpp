// What every inference surface shares: who calls, the x- headers, what an error says beside the surface's own shape.
#pragma once

#include <string>
#include <string_view>

#include "api/route.hpp"
#include "base/json.hpp"
#include "features/gateway/chat.hpp"
#include "features/identity/identity.hpp"
#include "io/http/server.hpp"

namespace millwright::gateway {
class Gateway;
}

namespace millwright::api {

/// "region=eu;department=hr" → the value of one name, or empty.
[[nodiscard]] std::string segment_value(std::string_view segment, std::string_view name);

/// The key of a request (a bearer token, or x-api-key) and what its x-millwright-* headers say about the call. Errors:
/// Unauthenticated, InvalidInput naming the header.
[[nodiscard]] Result<gateway::Caller> read_caller(const io::http::Request& request, const identity::Keys& keys,
                                                  Timestamp now);

/// For endpoints that answer about a use case or model without calling it. NotFound, naming the field.
[[nodiscard]] Result<void> check_model(std::string_view model, const identity::Principal& principal,
                                       const gateway::Gateway& gateway);

/// `millwright` of an error: {origin, request_id, rule, explain, byte}, without what is empty.
[[nodiscard]] json::object error_details(const Error& error, bool is_from_provider, std::string_view request_id);
/// What was wrong and how to mend it.
[[nodiscard]] std::string sentence_of(const Error& error);
/// Retry-After and retry-after-ms where the error knows when; x-should-retry: false where trying again does not help, or
/// not within a minute: clients wait no longer than that.
void add_retry_headers(io::http::Headers& headers, const Error& error);

/// x-request-id, x-millwright-trace, -release, -model, -route, -cache, and with CostHeader::Add -cost-usd.
enum class CostHeader : std::uint8_t { Leave, Add };
void add_call_headers(io::http::Headers& headers, const telemetry::Trace& trace, CostHeader cost);
/// The x-ratelimit-* family of the tightest limits, where there are any.
void add_rate_headers(io::http::Headers& headers, const gateway::CallRates& rates);

/// A row of a surface: the handler is a function over the parts of its surface, which are copied into the row.
template <class Parts>
[[nodiscard]] Route surface_row(io::http::Method method, std::string pattern, const Parts& parts,
                                io::Task<void> (*handler)(Parts, io::http::Exchange&)) {
  return {method, std::move(pattern), Access::Surface,
          AsyncHandler([parts, handler](io::http::Exchange& exchange) { return handler(parts, exchange); })};
}

}  // namespace millwright::api
