// Rows of documents and their versions.
#pragma once

#include <vector>

#include "features/ingestion/landed.hpp"
#include "store/database.hpp"

namespace millwright::ingestion {

[[nodiscard]] Result<void> save_document(store::Session& session, const Landed& landed);
[[nodiscard]] Result<void> save_version(store::Session& session, const Landed& landed);
[[nodiscard]] Result<void> revise_document(store::Session& session, const Revision& revision);
[[nodiscard]] Result<void> set_acl(store::Session& session, Id document, const Acl& acl);

/// NotFound when there is none.
[[nodiscard]] Result<Landed> load_landed(store::Database& database, Id document);
/// Every row of a source, deleted ones too.
[[nodiscard]] Result<std::vector<std::unique_ptr<Landed>>> documents_of(store::Database& database, std::string_view source);
[[nodiscard]] Result<std::vector<Landed>> superseded_by(store::Database& database, Id document);
[[nodiscard]] Result<std::vector<Document>> find_documents(store::Database& database, const DocumentQuery& query,
                                                           std::string& next_cursor);

/// One blob a version refers to.
struct VersionRow {
  Id document;
  std::int64_t version = 0;
  Digest raw, parsed;
};
[[nodiscard]] Result<std::vector<VersionRow>> versions_of(store::Database& database, Id document);
[[nodiscard]] Result<std::vector<VersionRow>> lapsed_versions(store::Database& database, std::string_view source,
                                                              Timestamp before, std::int64_t limit);
/// How many rows refer to a blob.
[[nodiscard]] Result<std::int64_t> count_blob_users(store::Database& database, const Digest& digest);

/// What must not be landed again.
struct Erased {
  std::string path;
  Digest raw;
};
[[nodiscard]] Result<std::vector<Erased>> erased_of(store::Database& database, std::string_view source);

}  // namespace millwright::ingestion
