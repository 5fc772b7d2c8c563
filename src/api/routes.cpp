#include "api/routes.hpp"

#include <iterator>

namespace millwright::api {

Routes control_routes(const ControlParts& parts) {
  std::vector<Routes> groups;
  groups.push_back(access_routes(parts.access));
  groups.push_back(home_routes(parts.home));
  groups.push_back(use_case_routes(parts.use_cases));
  groups.push_back(ask_routes(parts.ask));
  groups.push_back(retrieve_routes(parts.retrieve));
  groups.push_back(trace_routes(parts.traces));
  groups.push_back(explain_routes(parts.explain));
  groups.push_back(source_routes(parts.sources));
  groups.push_back(document_routes(parts.documents));
  groups.push_back(dataset_routes(parts.datasets));
  groups.push_back(index_routes(parts.indexes));
  groups.push_back(release_routes(parts.releases));
  groups.push_back(evaluation_routes(parts.evaluations));
  groups.push_back(key_routes(parts.keys));
  groups.push_back(cost_routes(parts.costs));
  groups.push_back(cache_routes(parts.cache));
  groups.push_back(limit_routes(parts.limits));
  groups.push_back(price_routes(parts.prices));
  groups.push_back(outcome_routes(parts.outcomes));
  groups.push_back(policy_routes(parts.policy));
  groups.push_back(routing_routes(parts.routing));
  groups.push_back(parse_routes(parts.parse));
  groups.push_back(config_routes(parts.config));
  groups.push_back(audit_routes(parts.audit));
  groups.push_back(approval_routes(parts.approvals));
  groups.push_back(alert_routes(parts.alerts));
  groups.push_back(model_routes(parts.models));
  groups.push_back(batch_routes(parts.batches));
  groups.push_back(corpus_routes(parts.corpora));
  groups.push_back(job_routes(parts.jobs));
  groups.push_back(advice_routes());
  groups.push_back(health_routes(parts.ops));
  groups.push_back(status_routes(parts.ops));
  groups.push_back(doctor_routes(parts.ops));
  Routes all;
  for (auto& group : groups) std::ranges::move(group, std::back_inserter(all));
  return all;
}

}  // namespace millwright::api
