// Blobs as files: DIR/ab/<digest>, or <digest>.sealed when a vault seals them. One level of folders: making a folder
// costs a file system more than making a file, and with two levels nearly every new blob would need one.
#pragma once

#include <filesystem>
#include <memory>

#include "store/blobs/blob_store.hpp"

namespace millwright::store {

[[nodiscard]] Result<std::unique_ptr<BlobStore>> open_directory_blobs(std::filesystem::path directory,
                                                                      const Vault* vault, Durability durability);

}  // namespace millwright::store
