// Any request to /passthrough/{provider}/{path...}.
#pragma once

#include "api/raw/routes.hpp"

namespace millwright::api::raw {

[[nodiscard]] io::Task<void> pass_through(Parts parts, io::http::Exchange& exchange);

}  // namespace millwright::api::raw
