// The composition root: every part of the factory, built in the order of the house and passed on by constructor.
//
// Nothing outside this folder sees it. Members are destroyed in reverse order, after ~Factory has stopped what moves.
#pragma once

#include <atomic>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "api/jobs.hpp"
#include "api/router.hpp"
#include "app/data_lock.hpp"
#include "app/maintenance.hpp"
#include "app/pauses.hpp"
#include "app/supply_chain.hpp"
#include "features/approval/approval.hpp"
#include "features/audit/audit.hpp"
#include "features/batches/batches.hpp"
#include "features/configuration/config.hpp"
#include "features/configuration/configuration.hpp"
#include "features/curation/curation.hpp"
#include "features/delivery/delivery.hpp"
#include "features/evaluation/evaluation.hpp"
#include "features/finops/finops.hpp"
#include "features/gateway/gateway.hpp"
#include "features/identity/identity.hpp"
#include "features/ingestion/ingestion.hpp"
#include "features/ingestion/runner.hpp"
#include "features/registry/registry.hpp"
#include "features/retrieval/retrieval.hpp"
#include "features/telemetry/retention.hpp"
#include "features/telemetry/telemetry.hpp"
#include "features/tuning/tuning.hpp"
#include "io/http/client.hpp"
#include "io/http/egress.hpp"
#include "io/http/server.hpp"
#include "io/loop/runtime.hpp"
#include "store/blobs/blob_store.hpp"
#include "store/database.hpp"
#include "store/vault/vault.hpp"
#include "store/writer.hpp"

namespace millwright::app {

struct FactoryOptions {
  std::filesystem::path config_file;
  std::filesystem::path data_directory;
  std::string program;                  // this executable: sandboxed children are started from it
  std::optional<std::uint16_t> port;    // instead of the configuration's
};

class Factory {
 public:
  /// Opens everything down to the router. InvalidConfig names all faults of the configuration; Conflict: another
  /// process holds the data directory.
  [[nodiscard]] static Result<std::unique_ptr<Factory>> open(FactoryOptions options);
  ~Factory();
  Factory(const Factory&) = delete;
  Factory& operator=(const Factory&) = delete;

  /// Listens on the address of the configuration and on DATA/control.sock.
  [[nodiscard]] Result<void> listen();
  /// Follows the sources and starts the chores.
  void follow();
  /// Reads the files anew. A bad configuration changes nothing, is logged and raises an alert.
  [[nodiscard]] Result<configuration::Revision> reload(std::string_view actor);
  /// As users reach it: server.public_url, else http(s)://HOST:PORT.
  [[nodiscard]] std::string url() const;

  FactoryOptions options;
  configuration::ProcessSettings settings;
  Timestamp started{};
  std::atomic<bool> is_stopping = false;

  evaluation::Graders graders;
  std::optional<DataLock> lock;
  std::unique_ptr<io::Runtime> runtime;
  std::unique_ptr<store::Vault> vault;
  std::unique_ptr<store::Database> database;
  std::unique_ptr<store::Writer> writer;
  std::unique_ptr<store::BlobStore> blobs;
  std::unique_ptr<audit::Audit> audit;
  std::unique_ptr<configuration::Configuration> configuration;
  std::unique_ptr<identity::Keys> keys;
  std::unique_ptr<identity::Users> users;
  std::unique_ptr<approval::Inbox> inbox;
  std::unique_ptr<telemetry::TraceStore> traces;
  std::unique_ptr<telemetry::Outcomes> outcomes;
  std::unique_ptr<telemetry::FeedbackStore> feedback;
  std::unique_ptr<telemetry::Alerts> alerts;
  std::unique_ptr<telemetry::Metrics> metrics;
  std::unique_ptr<telemetry::Retention> retention;
  std::unique_ptr<finops::Accounts> accounts;
  std::unique_ptr<finops::PriceList> prices;
  std::unique_ptr<registry::Registry> registry;
  std::unique_ptr<registry::Signer> signer;
  std::unique_ptr<ingestion::ParserRunner> parsers;
  std::unique_ptr<ingestion::Ingestion> ingestion;
  std::unique_ptr<curation::Curation> curation;
  std::unique_ptr<retrieval::Retrieval> retrieval;
  std::unique_ptr<io::http::EgressGuard> egress;
  std::unique_ptr<io::http::Client> client;
  std::unique_ptr<gateway::SemanticStore> semantic;
  std::unique_ptr<gateway::Gateway> gateway;
  std::unique_ptr<gateway::ResponseStore> responses;
  std::unique_ptr<gateway::BackgroundCalls> background;
  std::unique_ptr<batches::FileStore> files;
  std::unique_ptr<batches::Batches> batches;
  std::unique_ptr<Pauses> pauses;
  std::unique_ptr<evaluation::Evaluation> evaluation;
  std::unique_ptr<delivery::Delivery> delivery;
  std::unique_ptr<SupplyChain> supply_chain;
  std::unique_ptr<tuning::Tuning> tuning;
  std::unique_ptr<api::JobBoard> jobs;
  std::unique_ptr<api::Router> router;
  std::unique_ptr<io::http::Server> server;
  std::unique_ptr<Maintenance> maintenance;

 private:
  explicit Factory(FactoryOptions given);
  [[nodiscard]] Result<void> open_stores();
  [[nodiscard]] Result<void> open_features();
  [[nodiscard]] Result<void> open_data_features();
  [[nodiscard]] Result<void> open_serving_features();
  [[nodiscard]] Result<void> open_responses();
  [[nodiscard]] Result<void> open_batches();
};

/// In order of rank, each feature takes its part of the configuration, now and at every change. See builders.cpp.
[[nodiscard]] Result<void> register_builders(Factory& factory);
/// Limits of teams, use cases and keys as they stand now.
[[nodiscard]] Result<void> refresh_budgets(Factory& factory);
/// The prices of every model as the price list stands now.
[[nodiscard]] Result<void> refresh_prices(Factory& factory);
/// The routes of every surface. See surfaces.cpp.
[[nodiscard]] api::Routes make_routes(Factory& factory);
/// Who takes the body of a request that is too large to be held; nobody, for most.
[[nodiscard]] std::shared_ptr<io::http::BodyReader> choose_body_reader(Factory& factory, const io::http::Request& request);
/// Values that /metrics computes when scraped.
void add_gauges(Factory& factory);
/// Address of the database; a file is below the data directory.
[[nodiscard]] std::string resolved_store_url(const configuration::ProcessSettings& settings,
                                             const std::filesystem::path& data_directory);
/// Every table of every feature.
[[nodiscard]] std::vector<store::Migration> all_migrations();

}  // namespace millwright::app
