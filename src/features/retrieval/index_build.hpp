// What an index version is made of, its name, and the making of it.
#pragma once

#include <filesystem>
#include <functional>
#include <vector>

#include "features/retrieval/index_writer.hpp"

namespace millwright::retrieval {

/// The members of a dataset version that may be indexed, each as it was approved, with its permissions of now.
[[nodiscard]] Result<std::vector<ingestion::Document>> load_members(const ingestion::Ingestion& ingestion,
                                                                    const curation::Curation& curation,
                                                                    const Digest& dataset_version);

/// Of the index's name, the dataset version, how it is cut, and who may read what.
[[nodiscard]] Digest index_digest(std::string_view index, const Digest& dataset_version, std::int64_t words,
                                  std::span<const ingestion::Document> documents);

/// Where a version stands on disk.
[[nodiscard]] std::filesystem::path version_directory(const std::filesystem::path& root, std::string_view index,
                                                      const Digest& version);
[[nodiscard]] bool is_index_directory(const std::filesystem::path& directory);

/// Removes what builds that were interrupted left behind.
void remove_unfinished(const std::filesystem::path& root);

using Progress = std::function<void(std::int64_t, std::int64_t)>;
/// Writes `documents` into a directory beside `target` and gives it that name once it is complete and checked.
[[nodiscard]] Result<IndexSize> write_index(const ingestion::Ingestion& ingestion,
                                            std::span<const ingestion::Document> documents, std::int64_t words,
                                            const std::filesystem::path& target, const Progress& progress);

}  // namespace millwright::retrieval
