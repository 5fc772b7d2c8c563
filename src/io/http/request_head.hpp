// The text of a request head, checked so that nothing a caller passes can end a line early.
#pragma once

#include <string>

#include "base/error.hpp"
#include "io/http/client.hpp"

namespace millwright::io::http {

/// InvalidInput when the path or a header holds a control character or white space where none may be.
[[nodiscard]] Result<std::string> render_request_head(const Origin& origin, const ClientRequest& request,
                                                      const Proxy* proxy = nullptr);

}  // namespace millwright::io::http
