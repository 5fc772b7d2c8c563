// Everything that answers over HTTP: the control API with its parts, and the inference surfaces.
#include <iterator>

#include "api/anthropic/routes.hpp"
#include "api/openai/routes.hpp"
#include "api/openai/upload.hpp"
#include "api/raw/routes.hpp"
#include "api/routes.hpp"
#include "app/factory.hpp"
#include "app/version.hpp"

namespace millwright::app {

namespace {

/// On a worker thread: a decision's effect on indexes need not be waited for.
std::function<void()> later_build(Factory& factory) {
  return [&factory]() {
    const bool accepted = factory.runtime->blocking().post([&factory]() { factory.supply_chain->build_indexes(); });
    if (!accepted) factory.metrics->count_event("supply_chain_skipped", "pool full");
  };
}

std::function<Result<std::string>(std::string_view)> artifact_text(Factory& factory) {
  return [&factory](std::string_view text) -> Result<std::string> {
    auto digest = Digest::parse(text);
    if (!digest) return pass(digest);
    return factory.registry->load_bytes(*digest);
  };
}

api::Process process_of(Factory& factory) {
  api::Process process;
  process.version = version;
  process.started = factory.started;
  process.data_directory = std::filesystem::absolute(factory.options.data_directory).string();
  process.config_file = std::filesystem::absolute(factory.options.config_file).string();
  process.store = factory.database->engine() == store::Engine::Sqlite ? "sqlite" : "postgresql";
  process.durability = factory.settings.server.durability == store::Durability::Power ? "power" : "process";
  process.is_tls = factory.settings.server.tls.has_value();
  process.host = factory.settings.server.host;
  process.url = [&factory]() { return factory.url(); };
  process.connections = [&factory]() -> std::size_t { return factory.server ? factory.server->open_connections() : 0; };
  process.is_stopping = [&factory]() { return factory.is_stopping.load(); };
  return process;
}

void add_data_parts(Factory& f, api::ControlParts& parts) {
  parts.sources = {f.ingestion.get(), f.configuration.get(), f.jobs.get()};
  parts.documents = {f.ingestion.get(), f.curation.get(), f.retrieval.get(), &system_clock()};
  parts.datasets = {f.curation.get(), f.configuration.get(), later_build(f)};
  parts.indexes = {f.retrieval.get(), f.delivery.get(), f.configuration.get(), f.jobs.get()};
  parts.corpora = {f.tuning.get(), f.curation.get(), f.registry.get()};
  parts.jobs = {f.jobs.get()};
  parts.retrieve = {f.gateway.get(), f.retrieval.get(), f.users.get(), f.keys.get()};
  parts.parse.parse = [&f](const std::string& path, std::string_view bytes) { return f.parsers->parse(path, bytes); };
}

void add_delivery_parts(Factory& f, api::ControlParts& parts) {
  const auto directory = std::filesystem::absolute(f.options.config_file).parent_path().string();
  parts.releases = {f.delivery.get(),      f.evaluation.get(), f.gateway.get(),
                    f.configuration.get(), artifact_text(f),   directory,       f.jobs.get()};
  parts.evaluations = {f.evaluation.get(), f.delivery.get(), f.gateway.get(), artifact_text(f), f.jobs.get()};
}

void add_insight_parts(Factory& f, api::ControlParts& parts) {
  const auto* clock = &system_clock();
  parts.traces = {f.accounts.get(), f.traces.get(), f.outcomes.get(), f.feedback.get()};
  parts.explain = {f.traces.get(), f.alerts.get(), f.ingestion.get(), f.evaluation.get(), f.delivery.get()};
  parts.costs = {f.accounts.get(), f.gateway.get(), f.audit.get(), clock};
  parts.cache = {f.gateway.get(), f.audit.get(), clock};
  parts.limits = {f.gateway.get(), f.keys.get(), clock};
  parts.prices = {f.prices.get(), f.gateway.get(), [&f]() { return refresh_prices(f); }, clock};
  parts.outcomes = {f.outcomes.get(), f.accounts.get(), f.gateway.get(), clock};
  parts.alerts = {f.alerts.get()};
  parts.home = {f.gateway.get(),   f.accounts.get(),  f.outcomes.get(), f.alerts.get(), f.inbox.get(), f.audit.get(),
                f.ingestion.get(), f.retrieval.get(), f.delivery.get(), f.keys.get(),   clock,         std::string(version)};
}

void add_governance_parts(Factory& f, api::ControlParts& parts) {
  const auto* clock = &system_clock();
  parts.access = {f.users.get(), [&f]() { return f.url(); }, f.settings.server.setup_link_ttl, clock,
                  std::string(version)};
  parts.keys = {f.keys.get(), f.gateway.get(), [&f]() { return refresh_budgets(f); }};
  parts.policy = {f.gateway.get(), clock};
  parts.routing = {f.gateway.get(), f.accounts.get(), f.traces.get(), clock};
  parts.config = {f.configuration.get(), std::filesystem::absolute(f.options.config_file).string()};
  parts.audit = {f.audit.get()};
  parts.approvals = {f.inbox.get(), later_build(f)};
  parts.models = {f.gateway.get(), f.configuration.get(), clock};
  parts.batches = {f.batches.get(), f.keys.get(), f.audit.get()};
  parts.use_cases = {f.gateway.get(), f.configuration.get(), f.accounts.get(), f.outcomes.get(), f.keys.get(),
                     f.delivery.get(), clock, f.audit.get(),
                     [&f](const std::string& name, const std::string& reason) { return f.pauses->set(name, reason); },
                     [&f](const std::string& name) { return f.pauses->reason(name); }};
  parts.ask = {f.gateway.get()};
  parts.ops = {process_of(f),       f.metrics.get(),   f.writer.get(),    f.configuration.get(), f.accounts.get(),
               f.gateway.get(),     f.ingestion.get(), f.retrieval.get(), f.delivery.get(),      f.users.get(),
               f.prices.get(),      clock};
}

api::openai::Parts openai_parts(Factory& f) {
  return {f.gateway.get(),    f.keys.get(),    &system_clock(),         f.responses.get(),
          f.background.get(), f.batches.get(), &f.runtime->blocking()};
}

}  // namespace

std::shared_ptr<io::http::BodyReader> choose_body_reader(Factory& factory, const io::http::Request& request) {
  return api::openai::Upload::choose(openai_parts(factory), request);
}

api::Routes make_routes(Factory& factory) {
  api::ControlParts parts;
  add_data_parts(factory, parts);
  add_delivery_parts(factory, parts);
  add_insight_parts(factory, parts);
  add_governance_parts(factory, parts);
  auto routes = api::control_routes(parts);
  std::ranges::move(api::openai::routes(openai_parts(factory)), std::back_inserter(routes));
  std::ranges::move(api::anthropic::routes({factory.gateway.get(), factory.keys.get(), &system_clock()}),
                    std::back_inserter(routes));
  std::ranges::move(api::raw::routes({factory.gateway.get(), factory.keys.get(), &system_clock()}),
                    std::back_inserter(routes));
  return routes;
}

void add_gauges(Factory& factory) {
  auto& metrics = *factory.metrics;
  metrics.add_gauge("millwright_connections", "Open client connections.",
                    [&factory]() { return factory.server ? static_cast<double>(factory.server->open_connections()) : 0.0; });
  metrics.add_gauge("millwright_flights", "Metered calls in the air or waiting for their commit.",
                    [&factory]() { return static_cast<double>(factory.accounts->open_flights()); });
  metrics.add_gauge("millwright_calls_in_flight", "Calls that have room.",
                    [&factory]() { return static_cast<double>(factory.gateway->room().in_flight); });
  metrics.add_gauge("millwright_calls_waiting", "Calls that wait for room.",
                    [&factory]() { return static_cast<double>(factory.gateway->room().waiting); });
  metrics.add_gauge("millwright_shed_level", "How many of the lower priorities are shed because the loops are late.",
                    [&factory]() { return static_cast<double>(factory.gateway->room().shed_level); });
  metrics.add_gauge("millwright_blocking_queue", "Jobs that wait for a worker thread.",
                    [&factory]() { return static_cast<double>(factory.runtime->blocking().queued()); });
  metrics.add_gauge("millwright_resident_bytes", "Resident memory of the process.",
                    []() { return static_cast<double>(api::resident_bytes()); });
  metrics.add_gauge("millwright_recovered_calls", "Calls recovered from the journal at this start.",
                    [&factory]() { return static_cast<double>(factory.accounts->recovered()); });
  metrics.add_gauge("millwright_start_time_seconds", "When the process started, in seconds since 1970.", [&factory]() {
    return static_cast<double>(to_micros(factory.started)) / 1e6;
  });
}

}  // namespace millwright::app
