// JSON shapes that several endpoints share, as openapi.json describes them.
#pragma once

#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "features/configuration/configuration.hpp"
#include "features/curation/curation.hpp"
#include "features/delivery/delivery.hpp"
#include "features/evaluation/evaluation.hpp"
#include "features/finops/finops.hpp"
#include "features/gateway/gateway.hpp"
#include "features/identity/identity.hpp"
#include "features/ingestion/ingestion.hpp"
#include "features/retrieval/retrieval.hpp"
#include "features/telemetry/telemetry.hpp"

namespace millwright::api {

/// Who owns the object "use_cases/helpdesk" and where it stands.
[[nodiscard]] json::object origin_json(const configuration::Loaded& loaded, std::string_view id);
[[nodiscard]] json::object token_counts_json(const telemetry::TokenCounts& tokens);
[[nodiscard]] json::object decision_json(const telemetry::Decision& decision);
[[nodiscard]] json::array decisions_json(const std::vector<telemetry::Decision>& decisions);
[[nodiscard]] json::object budget_json(const finops::BudgetStatus& budget, Timestamp now);
[[nodiscard]] json::object key_json(const identity::Key& key);
[[nodiscard]] json::object sync_report_json(const ingestion::SyncReport& report);
[[nodiscard]] json::object document_json(const ingestion::Document& document);
[[nodiscard]] json::object dataset_version_json(const curation::DatasetVersion& version);
[[nodiscard]] json::object index_version_json(const retrieval::IndexVersion& version);
[[nodiscard]] json::object release_json(const delivery::Release& release);
[[nodiscard]] json::object citation_json(const gateway::Citation& citation);
[[nodiscard]] json::object outcome_json(const telemetry::Outcome& outcome);
[[nodiscard]] json::object alert_json(const telemetry::Alert& alert);
[[nodiscard]] json::object live_json(const gateway::Live& live);
/// The explanation of where a document stands.
[[nodiscard]] json::object document_why(const ingestion::Document& document);

/// Outcome totals of a window by use case and name, with the use case's cost in it and the cost of one outcome.
[[nodiscard]] Result<json::array> outcome_totals(const telemetry::Outcomes& outcomes, finops::Accounts& accounts,
                                                 Timestamp from, Timestamp to);

/// The use case of that name, with the nearest name in the error when there is none.
[[nodiscard]] Result<gateway::UseCaseConfig> load_use_case(const gateway::Gateway& gateway, std::string_view name);
/// NotFound for `what`, naming the nearest of `names`.
[[nodiscard]] Error not_found(std::string_view what, std::string_view name, const std::vector<std::string>& names);
/// The budget of a scope, or nullptr.
[[nodiscard]] const finops::BudgetStatus* find_budget(const std::vector<finops::BudgetStatus>& budgets,
                                                      std::string_view scope);

}  // namespace millwright::api
