// A way through an HTTP proxy: CONNECT (RFC 9110, section 9.3.6).
#pragma once

#include <string_view>

#include "base/error.hpp"
#include "io/http/client_connection.hpp"
#include "io/http/proxy.hpp"
#include "io/loop/task.hpp"

namespace millwright::io::http {

/// Asks the proxy at the other end of `connection` for a way to the target; afterwards the bytes are the target's. The
/// deadline is the wire's own. Errors name the proxy: UpstreamFailed with the status it answered, when it closes, or
/// when it answers what is no HTTP; Timeout.
[[nodiscard]] Task<Result<void>> open_tunnel(ClientConnection& connection, const Proxy& proxy, std::string_view host,
                                             std::uint16_t port);

}  // namespace millwright::io::http
