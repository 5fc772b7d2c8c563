// Every table of every feature, in one list: a database is migrated as a whole.
#include <iterator>

#include "app/factory.hpp"
#include "features/finops/finops_sql.hpp"
#include "features/telemetry/telemetry_sql.hpp"

namespace millwright::app {

std::vector<store::Migration> all_migrations() {
  std::vector<store::Migration> all;
  const auto add = [&all](std::span<const store::Migration> migrations) {
    std::ranges::copy(migrations, std::back_inserter(all));
  };
  add(audit::migrations());
  add(configuration::migrations());
  add(identity::migrations());
  add(approval::migrations());
  add(telemetry::sql::migrations);
  add(finops::sql::migrations);
  add(registry::migrations());
  add(ingestion::migrations());
  add(curation::migrations());
  add(retrieval::migrations());
  add(gateway::migrations());
  add(batches::migrations());
  add(evaluation::migrations());
  add(delivery::migrations());
  return all;
}

}  // namespace millwright::app
