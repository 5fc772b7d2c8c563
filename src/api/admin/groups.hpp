// The endpoint groups of the control API. Each takes what it needs and nothing more; the full list stands in
// api/routes.cpp. Everything referred to outlives the routes.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "api/route.hpp"
#include "base/time.hpp"

namespace millwright {
namespace approval {
class Inbox;
}
namespace audit {
class Audit;
}
namespace batches {
class Batches;
}
namespace configuration {
class Configuration;
}
namespace curation {
class Curation;
}
namespace delivery {
class Delivery;
}
namespace evaluation {
class Evaluation;
}
namespace finops {
class Accounts;
class PriceList;
}  // namespace finops
namespace gateway {
class Gateway;
}
namespace identity {
class Keys;
class Users;
}  // namespace identity
namespace ingestion {
class Ingestion;
struct ParsedDocument;
}  // namespace ingestion
namespace registry {
class Registry;
}
namespace retrieval {
class Retrieval;
}
namespace telemetry {
class Alerts;
class FeedbackStore;
class Outcomes;
class TraceStore;
}  // namespace telemetry
namespace tuning {
class Tuning;
}
}  // namespace millwright

namespace millwright::api {

class JobBoard;

struct AccessParts {
  identity::Users* users = nullptr;
  std::function<std::string()> public_url;     // as users reach the server, without a trailing slash
  Duration setup_link_ttl{1'800'000};
  const Clock* clock = nullptr;
  std::string version;
};
[[nodiscard]] Routes access_routes(const AccessParts& parts);

struct KeyParts {
  identity::Keys* keys = nullptr;
  gateway::Gateway* gateway = nullptr;
  std::function<Result<void>()> changed;       // budgets of keys come and go with them
};
[[nodiscard]] Routes key_routes(const KeyParts& parts);

struct TraceParts {
  finops::Accounts* accounts = nullptr;
  telemetry::TraceStore* traces = nullptr;
  telemetry::Outcomes* outcomes = nullptr;
  telemetry::FeedbackStore* feedback = nullptr;
};
[[nodiscard]] Routes trace_routes(const TraceParts& parts);

struct ExplainParts {
  telemetry::TraceStore* traces = nullptr;
  telemetry::Alerts* alerts = nullptr;
  ingestion::Ingestion* ingestion = nullptr;
  evaluation::Evaluation* evaluation = nullptr;
  delivery::Delivery* delivery = nullptr;
};
[[nodiscard]] Routes explain_routes(const ExplainParts& parts);

struct UseCaseParts {
  gateway::Gateway* gateway = nullptr;
  configuration::Configuration* configuration = nullptr;
  finops::Accounts* accounts = nullptr;
  telemetry::Outcomes* outcomes = nullptr;
  identity::Keys* keys = nullptr;
  delivery::Delivery* delivery = nullptr;
  const Clock* clock = nullptr;
  audit::Audit* audit = nullptr;
  /// The kill switch: takes effect for every call that begins after it returns. An empty reason resumes.
  std::function<Result<void>(const std::string& use_case, const std::string& reason)> set_pause;
  std::function<std::string(const std::string& use_case)> pause_reason;   // empty: not paused by the switch
};
[[nodiscard]] Routes use_case_routes(const UseCaseParts& parts);

struct AskParts {
  gateway::Gateway* gateway = nullptr;
};
[[nodiscard]] Routes ask_routes(const AskParts& parts);

struct RetrieveParts {
  gateway::Gateway* gateway = nullptr;
  retrieval::Retrieval* retrieval = nullptr;
  identity::Users* users = nullptr;
  identity::Keys* keys = nullptr;
};
[[nodiscard]] Routes retrieve_routes(const RetrieveParts& parts);

struct SourceParts {
  ingestion::Ingestion* ingestion = nullptr;
  configuration::Configuration* configuration = nullptr;
  JobBoard* jobs = nullptr;
};
[[nodiscard]] Routes source_routes(const SourceParts& parts);

struct DocumentParts {
  ingestion::Ingestion* ingestion = nullptr;
  curation::Curation* curation = nullptr;
  retrieval::Retrieval* retrieval = nullptr;
  const Clock* clock = nullptr;
};
[[nodiscard]] Routes document_routes(const DocumentParts& parts);

struct DatasetParts {
  curation::Curation* curation = nullptr;
  configuration::Configuration* configuration = nullptr;
  std::function<void()> changed;               // an approved version may let an index be built
};
[[nodiscard]] Routes dataset_routes(const DatasetParts& parts);

struct IndexParts {
  retrieval::Retrieval* retrieval = nullptr;
  delivery::Delivery* delivery = nullptr;
  configuration::Configuration* configuration = nullptr;
  JobBoard* jobs = nullptr;
};
[[nodiscard]] Routes index_routes(const IndexParts& parts);

struct ReleaseParts {
  delivery::Delivery* delivery = nullptr;
  evaluation::Evaluation* evaluation = nullptr;
  gateway::Gateway* gateway = nullptr;
  configuration::Configuration* configuration = nullptr;
  std::function<Result<std::string>(std::string_view digest)> load_text;   // text of an artifact
  std::string prompt_directory;                // that of the configuration file
  JobBoard* jobs = nullptr;
};
[[nodiscard]] Routes release_routes(const ReleaseParts& parts);

struct EvaluationParts {
  evaluation::Evaluation* evaluation = nullptr;
  delivery::Delivery* delivery = nullptr;
  gateway::Gateway* gateway = nullptr;
  std::function<Result<std::string>(std::string_view digest)> load_text;   // text of an artifact
  JobBoard* jobs = nullptr;
};
[[nodiscard]] Routes evaluation_routes(const EvaluationParts& parts);

struct CostParts {
  finops::Accounts* accounts = nullptr;
  gateway::Gateway* gateway = nullptr;         // its book of prices rates anew
  audit::Audit* audit = nullptr;
  const Clock* clock = nullptr;
};
[[nodiscard]] Routes cost_routes(const CostParts& parts);

struct CacheParts {
  gateway::Gateway* gateway = nullptr;
  audit::Audit* audit = nullptr;
  const Clock* clock = nullptr;
};
[[nodiscard]] Routes cache_routes(const CacheParts& parts);

struct LimitParts {
  gateway::Gateway* gateway = nullptr;
  identity::Keys* keys = nullptr;              // names of keys
  const Clock* clock = nullptr;
};
[[nodiscard]] Routes limit_routes(const LimitParts& parts);

struct PriceParts {
  finops::PriceList* prices = nullptr;
  gateway::Gateway* gateway = nullptr;
  std::function<Result<void>()> changed;       // puts imported prices in force
  const Clock* clock = nullptr;
};
[[nodiscard]] Routes price_routes(const PriceParts& parts);

struct OutcomeParts {
  telemetry::Outcomes* outcomes = nullptr;
  finops::Accounts* accounts = nullptr;
  gateway::Gateway* gateway = nullptr;
  const Clock* clock = nullptr;
};
[[nodiscard]] Routes outcome_routes(const OutcomeParts& parts);

struct PolicyParts {
  gateway::Gateway* gateway = nullptr;
  const Clock* clock = nullptr;
};
[[nodiscard]] Routes policy_routes(const PolicyParts& parts);

struct RoutingParts {
  gateway::Gateway* gateway = nullptr;
  finops::Accounts* accounts = nullptr;
  telemetry::TraceStore* traces = nullptr;
  const Clock* clock = nullptr;
};
[[nodiscard]] Routes routing_routes(const RoutingParts& parts);

struct ParseParts {
  /// In the sandbox; blocks.
  std::function<Result<ingestion::ParsedDocument>(const std::string& path, std::string_view bytes)> parse;
};
[[nodiscard]] Routes parse_routes(const ParseParts& parts);

struct ConfigParts {
  configuration::Configuration* configuration = nullptr;
  std::string file;
};
[[nodiscard]] Routes config_routes(const ConfigParts& parts);

struct AuditParts {
  audit::Audit* audit = nullptr;
};
[[nodiscard]] Routes audit_routes(const AuditParts& parts);

struct ApprovalParts {
  approval::Inbox* inbox = nullptr;
  std::function<void()> changed;
};
[[nodiscard]] Routes approval_routes(const ApprovalParts& parts);

struct AlertParts {
  telemetry::Alerts* alerts = nullptr;
};
[[nodiscard]] Routes alert_routes(const AlertParts& parts);

struct BatchParts {
  batches::Batches* batches = nullptr;
  identity::Keys* keys = nullptr;
  audit::Audit* audit = nullptr;
};
[[nodiscard]] Routes batch_routes(const BatchParts& parts);

struct ModelParts {
  gateway::Gateway* gateway = nullptr;
  configuration::Configuration* configuration = nullptr;
  const Clock* clock = nullptr;
};
[[nodiscard]] Routes model_routes(const ModelParts& parts);

struct CorpusParts {
  tuning::Tuning* tuning = nullptr;
  curation::Curation* curation = nullptr;
  registry::Registry* registry = nullptr;
};
[[nodiscard]] Routes corpus_routes(const CorpusParts& parts);

struct JobParts {
  JobBoard* board = nullptr;
};
[[nodiscard]] Routes job_routes(const JobParts& parts);

[[nodiscard]] Routes advice_routes();

struct HomeParts {
  gateway::Gateway* gateway = nullptr;
  finops::Accounts* accounts = nullptr;
  telemetry::Outcomes* outcomes = nullptr;
  telemetry::Alerts* alerts = nullptr;
  approval::Inbox* inbox = nullptr;
  audit::Audit* audit = nullptr;
  ingestion::Ingestion* ingestion = nullptr;
  retrieval::Retrieval* retrieval = nullptr;
  delivery::Delivery* delivery = nullptr;
  identity::Keys* keys = nullptr;
  const Clock* clock = nullptr;
  std::string version;
};
[[nodiscard]] Routes home_routes(const HomeParts& parts);

}  // namespace millwright::api
