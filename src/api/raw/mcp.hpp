// POST, GET and DELETE /mcp/{server}: the Streamable HTTP transport of the Model Context Protocol.
#pragma once

#include "api/raw/routes.hpp"

namespace millwright::api::raw {

[[nodiscard]] io::Task<void> call_mcp(Parts parts, io::http::Exchange& exchange);

}  // namespace millwright::api::raw
