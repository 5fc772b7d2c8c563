// Blobs as files: DIR/ab/cd/<digest>, or <digest>.sealed when a vault seals them.
#pragma once

#include <filesystem>
#include <memory>

#include "store/blobs/blob_store.hpp"

namespace millwright::store {

[[nodiscard]] Result<std::unique_ptr<BlobStore>> open_directory_blobs(std::filesystem::path directory,
                                                                      const Vault* vault, Durability durability);

}  // namespace millwright::store
