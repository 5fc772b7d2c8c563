// The report of the semantic cache: what it did, what it cost, how often it was or would have been right, and which
// threshold that speaks for.
#pragma once

#include "base/json.hpp"
#include "features/gateway/config.hpp"
#include "features/gateway/semantic_store.hpp"

namespace millwright::gateway {

struct SemanticReportRequest {
  SemanticWindow window;
  int precision_percent = 95;  // what the advised threshold is to reach
};
/// One item a use case and space, as SemanticCacheEconomy of the API has it. Blocks. `config` names what is in force.
[[nodiscard]] Result<json::array> report_semantic_cache(SemanticStore& store, const GatewayConfig& config,
                                                        const SemanticReportRequest& request);
[[nodiscard]] json::object to_json(const SemanticSample& sample);

}  // namespace millwright::gateway
