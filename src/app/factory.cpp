#include "app/factory.hpp"

#include <unistd.h>

#include <array>
#include <fstream>

#include <spdlog/spdlog.h>

#include "api/openai/batch_lines.hpp"
#include "app/console_pages.hpp"
#include "app/open_files.hpp"
#include "app/retention.hpp"
#include "app/vocabulary.hpp"
#include "extensions/connectors/all.hpp"
#include "extensions/graders/all.hpp"
#include "features/finops/config.hpp"

namespace millwright::app {

namespace {

namespace fs = std::filesystem;

/// "sqlite:millwright.db" below the data directory; other URLs as they are.
std::string resolved_url(const std::string& url, std::string_view scheme, const fs::path& directory) {
  if (!url.starts_with(scheme)) return url;
  const fs::path path(url.substr(scheme.size()));
  return std::string(scheme) + (path.is_absolute() ? path : directory / path).string();
}

Result<configuration::ProcessSettings> read_settings(const fs::path& file, const configuration::Vocabulary& vocabulary) {
  auto loaded = configuration::load_files(file, vocabulary);
  if (!loaded) return std::unexpected(configuration::join_faults(loaded.error()));
  return configuration::parse_settings(loaded->tree);
}

configuration::BlastRadius keys_touched(identity::Keys& keys) {
  return [&keys](std::string_view kind, std::string_view name) -> std::vector<configuration::Touched> {
    if (kind != "use_cases") return {};
    return {{"API keys", static_cast<std::int64_t>(keys.count_for_use_case(name))}};
  };
}

/// So that later commands need --data alone.
void remember_config(const FactoryOptions& options) {
  std::ofstream file(options.data_directory / "config.path", std::ios::trunc);
  file << fs::absolute(options.config_file).string() << "\n";
}

/// One data directory is one node, also where several share a database: DataLock sees to it.
std::string node_name(const fs::path& data_directory) {
  std::array<char, 256> host{};
  gethostname(host.data(), host.size() - 1);
  return sha256(fmt::format("{}:{}", host.data(), fs::absolute(data_directory).string())).short_text();
}

/// Drops the value of a result: a chore only succeeds or fails.
template <class T>
Result<void> outcome_of(Result<T> result) {
  if (!result) return pass(result);
  return {};
}

std::vector<Chore> chores(Factory& factory) {
  using std::chrono::hours, std::chrono::seconds;
  return {
      {"canary watch", seconds(5), [&factory]() { return outcome_of(factory.delivery->tick()); }},
      {"overdue approvals", seconds(60), [&factory]() { return outcome_of(factory.inbox->expire_overdue()); }},
      {"telemetry retention", hours(1), [&factory]() { return outcome_of(factory.retention->sweep()); }},
      {"response retention", hours(1), [&factory]() { return outcome_of(drop_old_responses(factory)); }},
      {"semantic cache counts", seconds(5), [&factory]() { return factory.semantic->flush(); }},
      {"semantic cache retention", hours(1), [&factory]() { return outcome_of(drop_old_cache_samples(factory)); }},
      {"file retention", hours(1), [&factory]() { return outcome_of(factory.files->drop_expired()); }},
      {"batch retention", hours(1), [&factory]() { return outcome_of(factory.batches->drop_old()); }},
      {"document retention", hours(24),
       [&factory]() { return outcome_of(factory.curation->enforce_retention("scheduler")); }},
  };
}

}  // namespace

std::string resolved_store_url(const configuration::ProcessSettings& settings, const fs::path& data_directory) {
  return resolved_url(settings.store.url, "sqlite:", data_directory);
}

Factory::Factory(FactoryOptions given) : options(std::move(given)) {}

Result<std::unique_ptr<Factory>> Factory::open(FactoryOptions given) {
  std::unique_ptr<Factory> factory(new Factory(std::move(given)));
  factory->started = system_clock().now();
  factory->graders = extensions::make_graders();
  const auto directory = fs::absolute(factory->options.config_file).parent_path();
  auto settings = read_settings(factory->options.config_file, make_vocabulary(directory, factory->graders));
  if (!settings) return pass(settings);
  factory->settings = std::move(*settings);
  if (factory->options.port) factory->settings.server.port = *factory->options.port;
  for (const auto step : {&Factory::open_stores, &Factory::open_features, &Factory::open_data_features,
                          &Factory::open_serving_features}) {
    auto done = (factory.get()->*step)();
    if (!done) return pass(done);
  }
  return factory;
}

Result<void> Factory::open_stores() {
  auto locked = DataLock::take(options.data_directory);
  if (!locked) return pass(locked);
  lock.emplace(std::move(*locked));
  remember_config(options);
  // A socket that outlived a killed process would send clients to nobody.
  unlink((options.data_directory / "control.sock").c_str());

  io::RuntimeOptions runtime_options;
  runtime_options.loops = static_cast<unsigned>(std::max(0, settings.server.threads));
  runtime = std::make_unique<io::Runtime>(runtime_options);
  runtime->start();
  auto opened_vault = store::Vault::open_or_create(options.data_directory.string(),
                                                   settings.vault_key.value_or(SecretSource{}));
  if (!opened_vault) return pass(opened_vault);
  vault = std::move(*opened_vault);
  store::DatabaseOptions database_options;
  database_options.url = resolved_store_url(settings, options.data_directory);
  database_options.durability = settings.server.durability;
  database_options.readers_max = static_cast<std::size_t>(settings.store.readers_max);
  auto opened_database = store::Database::open(std::move(database_options));
  if (!opened_database) return pass(opened_database);
  database = std::move(*opened_database);
  auto migrated = database->migrate(all_migrations());
  if (!migrated) return pass(migrated);
  auto started_writer = store::Writer::start(*database);
  if (!started_writer) return pass(started_writer);
  writer = std::move(*started_writer);
  auto opened_blobs =
      store::BlobStore::open(resolved_url(settings.blobs_url, "file:", options.data_directory), vault.get());
  if (!opened_blobs) return pass(opened_blobs);
  blobs = std::move(*opened_blobs);
  return {};
}

Result<void> Factory::open_features() {
  const auto& clock = system_clock();
  auto opened_audit = audit::Audit::open(*database, *writer, *vault, clock, {.data_directory = options.data_directory});
  if (!opened_audit) return pass(opened_audit);
  audit = std::move(*opened_audit);
  auto opened_keys = identity::Keys::open(*database, *writer, *vault, *audit, clock);
  if (!opened_keys) return pass(opened_keys);
  keys = std::move(*opened_keys);

  configuration::Options configuration_options;
  configuration_options.file = options.config_file;
  configuration_options.vocabulary =
      make_vocabulary(fs::absolute(options.config_file).parent_path(), graders);
  configuration_options.blast_radius.push_back(keys_touched(*keys));
  auto opened_configuration =
      configuration::Configuration::open(std::move(configuration_options), *database, *writer, *audit, clock);
  if (!opened_configuration) return pass(opened_configuration);
  configuration = std::move(*opened_configuration);

  const identity::SessionSpec sessions{settings.server.session_idle, settings.server.session_max};
  auto opened_users = identity::Users::open(*database, *writer, *vault, *audit, clock, sessions);
  if (!opened_users) return pass(opened_users);
  users = std::move(*opened_users);
  auto opened_inbox = approval::Inbox::open(*database, *writer, *audit, clock);
  if (!opened_inbox) return pass(opened_inbox);
  inbox = std::move(*opened_inbox);
  traces = std::make_unique<telemetry::TraceStore>(*database, *writer);
  outcomes = std::make_unique<telemetry::Outcomes>(*database, *writer, clock);
  feedback = std::make_unique<telemetry::FeedbackStore>(*database, *writer, clock);
  alerts = std::make_unique<telemetry::Alerts>(*database, *writer, clock);
  metrics = std::make_unique<telemetry::Metrics>();
  retention = std::make_unique<telemetry::Retention>(
      *traces, *feedback, clock, telemetry::parse_telemetry(configuration->current()->tree["telemetry"]));
  finops::AccountsOptions accounts_options;
  accounts_options.directory = options.data_directory.string();
  accounts_options.durability = settings.server.durability;
  accounts_options.budget_wait = finops::parse_finops(configuration->current()->tree["finops"]).budget_wait;
  auto opened_accounts = finops::Accounts::open(accounts_options, *database, *writer, *traces, *alerts, clock);
  if (!opened_accounts) return pass(opened_accounts);
  accounts = std::move(*opened_accounts);
  auto opened_prices = finops::PriceList::open(*database, *writer, *audit, clock);
  if (!opened_prices) return pass(opened_prices);
  prices = std::move(*opened_prices);
  return {};
}

Result<void> Factory::open_data_features() {
  const auto& clock = system_clock();
  auto opened_registry = registry::Registry::open(*database, *writer, *blobs, *audit, clock);
  if (!opened_registry) return pass(opened_registry);
  registry = std::move(*opened_registry);
  auto opened_signer = registry::Signer::open(options.data_directory, *vault);
  if (!opened_signer) return pass(opened_signer);
  signer = std::move(*opened_signer);
  parsers = ingestion::make_sandbox_runner({.program = options.program});
  ingestion = ingestion::make_ingestion({.database = *database,
                                         .writer = *writer,
                                         .blobs = *blobs,
                                         .audit = *audit,
                                         .clock = clock,
                                         .runner = *parsers,
                                         .make_connector = extensions::make_connector,
                                         .limits = {}});
  curation = curation::make_curation({.database = *database,
                                      .writer = *writer,
                                      .audit = *audit,
                                      .inbox = *inbox,
                                      .registry = *registry,
                                      .ingestion = *ingestion,
                                      .guard = [this]() { return gateway ? gateway->state()->guard : nullptr; },
                                      .clock = clock});
  ingestion->use_curation(curation->curate_hook());
  retrieval::RetrievalParts retrieval_parts;
  retrieval_parts.directory = options.data_directory / "indexes";
  retrieval_parts.database = database.get();
  retrieval_parts.writer = writer.get();
  retrieval_parts.ingestion = ingestion.get();
  retrieval_parts.curation = curation.get();
  retrieval_parts.registry = registry.get();
  retrieval_parts.audit = audit.get();
  retrieval_parts.clock = &clock;
  auto made_retrieval = retrieval::make_retrieval(std::move(retrieval_parts));
  if (!made_retrieval) return pass(made_retrieval);
  retrieval = std::move(*made_retrieval);
  return {};
}

Result<void> Factory::open_serving_features() {
  const auto& clock = system_clock();
  egress = std::make_unique<io::http::EgressGuard>();
  // One loop may have all callers, and each may need the same provider.
  io::http::ClientOptions client_options;
  client_options.connections_per_origin_max = static_cast<std::size_t>(settings.server.connections_max);
  auto proxies = io::http::ProxyRules::parse([](const char* name) { return std::getenv(name); });
  if (!proxies) return pass(proxies);
  client_options.proxies = std::move(*proxies);
  client = std::make_unique<io::http::Client>(*runtime, *egress, std::move(client_options));
  gateway::GatewayParts gateway_parts;
  gateway_parts.runtime = runtime.get();
  gateway_parts.accounts = accounts.get();
  gateway_parts.retrieval = retrieval.get();
  gateway_parts.metrics = metrics.get();
  gateway_parts.client = client.get();
  gateway_parts.clock = &clock;
  const gateway::SemanticStoreParts semantic_parts{database.get(), writer.get(), vault.get()};
  semantic = std::make_unique<gateway::SemanticStore>(semantic_parts);
  gateway_parts.semantic = semantic.get();
  gateway_parts.calls_max = settings.server.requests_max;
  gateway_parts.queue_wait = settings.server.queue_wait;
  gateway_parts.call_timeout = settings.server.request_timeout;
  gateway = std::make_unique<gateway::Gateway>(gateway_parts);
  auto opened_responses = open_responses();
  if (!opened_responses) return opened_responses;
  auto opened_batches = open_batches();
  if (!opened_batches) return opened_batches;
  pauses = std::make_unique<Pauses>(*audit, *gateway);
  evaluation::EvaluationParts evaluation_parts;
  evaluation_parts.gateway = gateway.get();
  evaluation_parts.graders = &graders;
  evaluation_parts.database = database.get();
  evaluation_parts.writer = writer.get();
  evaluation_parts.audit = audit.get();
  evaluation_parts.clock = &clock;
  evaluation = evaluation::make_evaluation(std::move(evaluation_parts));
  delivery::DeliveryParts delivery_parts;
  delivery_parts.database = database.get();
  delivery_parts.writer = writer.get();
  delivery_parts.registry = registry.get();
  delivery_parts.signer = signer.get();
  delivery_parts.audit = audit.get();
  delivery_parts.alerts = alerts.get();
  delivery_parts.accounts = accounts.get();
  delivery_parts.retrieval = retrieval.get();
  delivery_parts.evaluation = evaluation.get();
  delivery_parts.gateway = gateway.get();
  delivery_parts.clock = &clock;
  auto made_delivery = delivery::make_delivery(std::move(delivery_parts));
  if (!made_delivery) return pass(made_delivery);
  delivery = std::move(*made_delivery);
  supply_chain = std::make_unique<SupplyChain>(
      SupplyChainParts{ingestion.get(), curation.get(), retrieval.get(), delivery.get(), alerts.get()});
  tuning = tuning::make_tuning({ingestion.get(), curation.get(), registry.get(), audit.get()});
  jobs = std::make_unique<api::JobBoard>(clock);
  auto registered = register_builders(*this);
  if (!registered) return pass(registered);
  router = std::make_unique<api::Router>(
      api::RouterParts{runtime.get(), keys.get(), users.get(), metrics.get(), &clock, console_page}, make_routes(*this));
  add_gauges(*this);
  return {};
}

Result<void> Factory::open_responses() {
  gateway::ResponseStoreParts parts;
  parts.runtime = runtime.get();
  parts.database = database.get();
  parts.writer = writer.get();
  parts.vault = vault.get();
  parts.node = node_name(options.data_directory);
  responses = std::make_unique<gateway::ResponseStore>(std::move(parts));
  background = std::make_unique<gateway::BackgroundCalls>(*runtime, *gateway);
  gateway->use_background(*background);
  return responses->mark_interrupted();
}

Result<void> Factory::open_batches() {
  const auto& tree = configuration->current()->tree;
  batches::FileStoreParts file_parts;
  file_parts.database = database.get();
  file_parts.writer = writer.get();
  file_parts.vault = vault.get();
  file_parts.clock = &system_clock();
  file_parts.directory = options.data_directory / "files";
  file_parts.node = node_name(options.data_directory);
  file_parts.durability = settings.server.durability;
  files = std::make_unique<batches::FileStore>(std::move(file_parts));
  files->replace_settings(batches::parse_files(tree["files"]));
  batches::BatchParts parts;
  parts.runtime = runtime.get();
  parts.database = database.get();
  parts.writer = writer.get();
  parts.vault = vault.get();
  parts.gateway = gateway.get();
  parts.accounts = accounts.get();
  parts.keys = keys.get();
  parts.inbox = inbox.get();
  parts.clock = &system_clock();
  parts.node = node_name(options.data_directory);
  parts.files = files.get();
  parts.dialects = api::openai::batch_dialects();
  auto opened = batches::Batches::open(std::move(parts), batches::parse_batches(tree["batches"]));
  if (!opened) return pass(opened);
  batches = std::move(*opened);
  return {};
}

Result<void> Factory::listen() {
  const auto& given = settings.server;
  allow_open_files(2 * given.connections_max + 512);   // a caller and an upstream each, and the stores' own
  io::http::ServerOptions server_options;
  server_options.host = given.host;
  server_options.port = given.port;
  if (given.tls) server_options.tls = io::http::TlsFiles{given.tls->certificate, given.tls->key};
  server_options.header_bytes_max = given.header_bytes_max;
  server_options.body_bytes_max = given.body_bytes_max;
  server_options.connections_max = static_cast<std::size_t>(given.connections_max);
  server_options.header_timeout = given.header_timeout;
  server_options.idle_timeout = given.idle_timeout;
  server_options.choose_body_reader = [this](const io::http::Request& request) {
    return choose_body_reader(*this, request);
  };
  server = std::make_unique<io::http::Server>(*runtime, std::move(server_options),
                                              [this](io::http::Exchange& exchange) { return router->handle(exchange); });
  auto listening = server->start();
  if (!listening) return pass(listening);
  auto controlled = server->start_control_socket((options.data_directory / "control.sock").string());
  if (!controlled) return pass(controlled);
  batches->start();
  return {};
}

void Factory::follow() {
  ingestion->start_following(
      [chain = supply_chain.get()](const ingestion::SyncReport& report) { chain->source_changed(report.source); });
  maintenance = std::make_unique<Maintenance>(chores(*this));
}

Result<configuration::Revision> Factory::reload(std::string_view actor) {
  auto revision = configuration->reload(actor, "reload");
  if (!revision) {
    spdlog::error("the configuration was not reloaded; nothing has changed: {}", describe(revision.error()));
    alerts->raise("config:reload", "warning", "The configuration could not be reloaded", revision.error().message,
                  "config");
    return revision;
  }
  alerts->close("config:reload");
  spdlog::info("configuration reloaded revision={} {}", revision->number, revision->summary);
  return revision;
}

std::string Factory::url() const {
  const auto& given = settings.server;
  if (!given.public_url.empty()) return given.public_url;
  const auto port = server ? server->port() : given.port;
  return fmt::format("{}://{}:{}", given.tls ? "https" : "http", given.host, port);
}

Factory::~Factory() {
  is_stopping = true;
  maintenance.reset();
  if (server) server->stop(settings.server.shutdown_grace);
  if (batches) batches->stop(settings.server.shutdown_grace);
  if (background) background->stop(settings.server.shutdown_grace);
  if (ingestion) ingestion->stop();
  if (runtime) runtime->stop();
  std::error_code ignored;
  if (server) fs::remove(options.data_directory / "control.sock", ignored);
}

}  // namespace millwright::app
