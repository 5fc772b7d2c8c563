#include "store/blobs/directory_blob_store.hpp"

#include <array>

#include "store/private_file.hpp"
#include "store/vault/vault.hpp"

namespace millwright::store {
namespace {

namespace fs = std::filesystem;

std::string context_of(const Digest& digest) { return "blob " + digest.text(); }

class DirectoryBlobStore final : public BlobStore {
 public:
  DirectoryBlobStore(fs::path directory, const Vault* vault, Durability durability)
      : directory_(std::move(directory)), vault_(vault), durability_(durability) {}

  [[nodiscard]] Result<Digest> put(std::string_view bytes) override {
    const Digest digest = sha256(bytes);
    const Places places = places_of(digest);
    const std::size_t kind = vault_ == nullptr ? Plain : Sealed;
    const fs::path& path = places[kind];
    if (is_whole(path, bytes.size()) || is_whole(places[kind + Old], bytes.size())) return digest;
    std::string sealed;
    if (vault_ != nullptr) {
      auto done = vault_->seal(bytes, context_of(digest));
      if (!done) return pass(done);
      sealed = std::move(*done);
      bytes = sealed;
    }
    auto written = write_file(path, bytes, durability_);
    if (!written && written.error().code == ErrorCode::NotFound) {
      std::error_code failed;
      fs::create_directories(path.parent_path(), failed);
      if (failed)
        return fail(ErrorCode::Unavailable, "cannot make {}: {}", path.parent_path().string(), failed.message());
      written = write_file(path, bytes, durability_);
    }
    if (!written) return pass(written);
    return digest;
  }

  [[nodiscard]] Result<std::string> load(const Digest& digest) override {
    const Places places = places_of(digest);
    for (const std::size_t place : {Sealed, Plain, Sealed + Old, Plain + Old}) {
      auto bytes = read_file(places[place]);
      if (!bytes && bytes.error().code == ErrorCode::NotFound) continue;
      if (!bytes) return bytes;
      return place % Old == Sealed ? opened(*bytes, digest) : checked(std::move(*bytes), digest);
    }
    return fail(ErrorCode::NotFound, "there is no blob {}", digest.text());
  }

  [[nodiscard]] Result<bool> contains(const Digest& digest) override {
    for (const fs::path& path : places_of(digest)) {
      std::error_code failed;
      if (fs::exists(path, failed)) return true;
      if (failed) return fail(ErrorCode::Unavailable, "cannot look at {}: {}", path.string(), failed.message());
    }
    return false;
  }

  [[nodiscard]] Result<void> remove(const Digest& digest) override {
    for (const fs::path& path : places_of(digest)) {
      std::error_code failed;
      fs::remove(path, failed);
      if (failed) return fail(ErrorCode::Unavailable, "cannot remove {}: {}", path.string(), failed.message());
    }
    return {};
  }

 private:
  /// Where a blob may be. Stores of before kept one folder more in the path: such blobs stay where they are.
  static constexpr std::size_t Plain = 0, Sealed = 1, Old = 2;
  using Places = std::array<fs::path, 4>;

  [[nodiscard]] Places places_of(const Digest& digest) const {
    const std::string name = digest.text(), sealed = name + ".sealed";
    const fs::path folder = directory_ / name.substr(0, 2), old_folder = folder / name.substr(2, 2);
    return {folder / name, folder / sealed, old_folder / name, old_folder / sealed};
  }

  /// A power cut may have left a file of the right name and too few bytes; such a one is written again.
  [[nodiscard]] bool is_whole(const fs::path& path, std::size_t plain_size) const {
    std::error_code failed;
    const std::uintmax_t size = fs::file_size(path, failed);
    return !failed && (vault_ == nullptr ? size == plain_size : size > plain_size);
  }

  [[nodiscard]] static Result<std::string> checked(std::string bytes, const Digest& digest) {
    if (sha256(bytes) != digest) return fail(ErrorCode::Corrupt, "blob {} no longer has its digest", digest.text());
    return bytes;
  }

  [[nodiscard]] Result<std::string> opened(std::string_view sealed, const Digest& digest) const {
    if (vault_ == nullptr) return fail(ErrorCode::Unavailable, "blob {} is sealed and no key is given", digest.text());
    auto plain = vault_->unseal(sealed, context_of(digest));
    if (!plain) {
      return fail(ErrorCode::Corrupt, "blob {}: {}", digest.text(), plain.error().message);
    }
    return checked(std::move(*plain), digest);
  }

  fs::path directory_;
  const Vault* vault_;
  Durability durability_;
};

}  // namespace

Result<std::unique_ptr<BlobStore>> open_directory_blobs(fs::path directory, const Vault* vault, Durability durability) {
  std::error_code failed;
  fs::create_directories(directory, failed);
  if (!failed) fs::permissions(directory, fs::perms::owner_all, failed);
  if (failed) return fail(ErrorCode::Unavailable, "cannot use {} for blobs: {}", directory.string(), failed.message());
  return std::make_unique<DirectoryBlobStore>(std::move(directory), vault, durability);
}

}  // namespace millwright::store
