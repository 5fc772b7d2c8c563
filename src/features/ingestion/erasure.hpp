// Forgetting a document: its rows, and its bytes where nothing else refers to them.
#pragma once

#include "features/ingestion/document_store.hpp"

namespace millwright::ingestion {

/// Removes the blobs that no row refers to any longer. Gives how many.
[[nodiscard]] Result<std::int64_t> remove_unused_blobs(const IngestionDependencies& dependencies,
                                                       const std::vector<Digest>& digests);
[[nodiscard]] Result<std::vector<std::string>> erase_document(const IngestionDependencies& dependencies,
                                                              const CurationHooks& hooks, Id document,
                                                              std::string_view actor);
[[nodiscard]] Result<std::int64_t> drop_lapsed_versions(const IngestionDependencies& dependencies,
                                                        std::string_view source, Timestamp before);

}  // namespace millwright::ingestion
