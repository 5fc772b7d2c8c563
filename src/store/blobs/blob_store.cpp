#include "store/blobs/blob_store.hpp"

#include "store/blobs/directory_blob_store.hpp"

namespace millwright::store {

Result<std::unique_ptr<BlobStore>> BlobStore::open(std::string_view url, const Vault* vault, Durability durability) {
  constexpr std::string_view scheme = "file:";
  if (!url.starts_with(scheme) || url.size() == scheme.size()) {
    auto refused = fail(ErrorCode::InvalidConfig, "blobs cannot be kept at \"{}\"", url);
    refused.error().fix = "Write file:DIRECTORY.";
    return refused;
  }
  return open_directory_blobs(std::filesystem::path(url.substr(scheme.size())), vault, durability);
}

}  // namespace millwright::store
