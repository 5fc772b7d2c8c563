// Rows of dataset versions.
#pragma once

#include "features/curation/curation.hpp"
#include "store/database.hpp"

namespace millwright::curation {

struct StoredVersion {
  DatasetVersion version;
  std::string request;       // id of the request in the approval inbox, or empty
  std::string created_by;
};
[[nodiscard]] Result<void> insert_version(store::Session& session, const StoredVersion& stored);
[[nodiscard]] Result<void> set_request(store::Session& session, const DatasetVersion& version, const std::string& request);
struct Decision {
  std::string dataset;
  std::int64_t version = 0;
  DatasetState state = DatasetState::Approved;
  std::string by, reason;
  Timestamp at;
};
[[nodiscard]] Result<void> decide_version(store::Session& session, const Decision& decision);

/// Newest first.
[[nodiscard]] Result<std::vector<StoredVersion>> list_versions(store::Database& database, std::string_view dataset);
/// NotFound.
[[nodiscard]] Result<StoredVersion> load_version(store::Database& database, std::string_view dataset, std::int64_t version);

}  // namespace millwright::curation
