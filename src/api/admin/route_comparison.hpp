// The report on shadow calls: what another model cost, how long it took, and how far it said the same.
#pragma once

#include "api/admin/groups.hpp"

namespace millwright::api {

/// From the ledger and the traces, newest calls first, 500 when the query does not say. On a worker thread.
[[nodiscard]] Result<io::http::Response> compare_routes(const RoutingParts& parts, const Call& call);

}  // namespace millwright::api
