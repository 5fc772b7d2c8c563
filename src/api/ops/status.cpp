// The process at a glance.
#include <fstream>

#include <unistd.h>

#include "api/admin/groups.hpp"
#include "api/answer.hpp"
#include "api/ops/groups.hpp"
#include "features/configuration/configuration.hpp"
#include "features/finops/finops.hpp"
#include "features/gateway/gateway.hpp"
#include "features/ingestion/ingestion.hpp"

namespace millwright::api {

namespace {

using io::http::Response;

/// From the newest intake report of each source.
std::int64_t documents_served(const ingestion::Ingestion& ingestion) {
  std::int64_t count = 0;
  for (const auto& source : ingestion.sources()) {
    const auto reports = ingestion.reports(source.name, 1);
    if (!reports || reports->empty()) continue;
    for (const auto& [verdict, number] : reports->front().counts) {
      if (verdict == "indexed" || verdict == "unchanged") count += number;
    }
  }
  return count;
}

Result<Response> get_status(const OpsParts& parts, const Call&) {
  const auto& process = parts.process;
  const auto faults = readiness_faults(parts);
  const auto uptime = std::chrono::duration_cast<std::chrono::seconds>(parts.clock->now() - process.started);
  return json_answer(json::object{{"version", process.version},
                                  {"started_at", render_time(process.started)},
                                  {"uptime_s", uptime.count()},
                                  {"url", process.url()},
                                  {"data_directory", process.data_directory},
                                  {"config_file", process.config_file},
                                  {"revision", parts.configuration->current()->revision},
                                  {"store", process.store},
                                  {"durability", process.durability},
                                  {"is_ready", faults.empty()},
                                  {"reasons", texts_json(faults)},
                                  {"use_cases", parts.gateway->state()->config.use_cases.size()},
                                  {"documents", documents_served(*parts.ingestion)},
                                  {"open_flights", parts.accounts->open_flights()},
                                  {"recovered_calls", parts.accounts->recovered()},
                                  {"connections", process.connections()},
                                  {"resident_bytes", resident_bytes()},
                                  {"pending_restart", texts_json(parts.configuration->pending_restart())}});
}

}  // namespace

std::uint64_t resident_bytes() {
  std::ifstream file("/proc/self/statm");
  std::uint64_t total = 0;
  std::uint64_t resident = 0;
  if (!(file >> total >> resident)) return 0;
  return resident * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

Routes status_routes(const OpsParts& parts) {
  return {row(io::http::Method::Get, "/api/v1/status", Access::Viewer, get_status, parts)};
}

}  // namespace millwright::api
