// Endpoints for whoever runs the process: is it alive, is it ready, its metrics, its status, its doctor, its document.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "api/route.hpp"
#include "base/time.hpp"

namespace millwright {
namespace configuration {
class Configuration;
}
namespace delivery {
class Delivery;
}
namespace finops {
class Accounts;
class PriceList;
}  // namespace finops
namespace gateway {
class Gateway;
}
namespace identity {
class Users;
}
namespace ingestion {
class Ingestion;
}
namespace retrieval {
class Retrieval;
}
namespace store {
class Writer;
}
namespace telemetry {
class Metrics;
}
}  // namespace millwright

namespace millwright::api {

/// What the process knows about itself; fixed at start but for the functions.
struct Process {
  std::string version;
  Timestamp started;
  std::string data_directory, config_file;
  std::string store, durability;               // "sqlite", "process"
  bool is_tls = false;
  std::string host;
  std::function<std::string()> url;            // as users reach it
  std::function<std::size_t()> connections;
  std::function<bool()> is_stopping;
};

struct OpsParts {
  Process process;
  telemetry::Metrics* metrics = nullptr;
  store::Writer* writer = nullptr;
  configuration::Configuration* configuration = nullptr;
  finops::Accounts* accounts = nullptr;
  gateway::Gateway* gateway = nullptr;
  ingestion::Ingestion* ingestion = nullptr;
  retrieval::Retrieval* retrieval = nullptr;
  delivery::Delivery* delivery = nullptr;
  identity::Users* users = nullptr;
  finops::PriceList* prices = nullptr;
  const Clock* clock = nullptr;
};
[[nodiscard]] Routes health_routes(const OpsParts& parts);
[[nodiscard]] Routes status_routes(const OpsParts& parts);
[[nodiscard]] Routes doctor_routes(const OpsParts& parts);

/// Why the process should get no traffic now; empty when it is ready. Runs a real query.
[[nodiscard]] std::vector<std::string> readiness_faults(const OpsParts& parts);
/// The text of openapi.json, as built in.
[[nodiscard]] std::string_view openapi_document();
/// Resident memory of this process in bytes; 0 where the system does not say.
[[nodiscard]] std::uint64_t resident_bytes();

}  // namespace millwright::api
