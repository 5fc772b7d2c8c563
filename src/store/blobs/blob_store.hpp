// Content-addressed blobs: bytes under the SHA-256 of their plain text. Written to a temporary name, then renamed, so
// that a name never holds half a blob. Optionally sealed by the vault.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/digest.hpp"
#include "base/error.hpp"
#include "store/database.hpp"

namespace millwright::store {

class Vault;

/// Thread-safe.
class BlobStore {
 public:
  /// "file:/path", made when absent; `vault` may be null (plain) and else outlives the store. With Durability::Power
  /// every blob is synced before `put` returns.
  [[nodiscard]] static Result<std::unique_ptr<BlobStore>> open(std::string_view url, const Vault* vault,
                                                               Durability durability = Durability::Process);
  virtual ~BlobStore() = default;

  [[nodiscard]] virtual Result<Digest> put(std::string_view bytes) = 0;
  /// NotFound, or Corrupt when the content no longer has its digest.
  [[nodiscard]] virtual Result<std::string> load(const Digest& digest) = 0;
  [[nodiscard]] virtual Result<bool> contains(const Digest& digest) = 0;
  /// Removing what is not there is success.
  [[nodiscard]] virtual Result<void> remove(const Digest& digest) = 0;
};

}  // namespace millwright::store
