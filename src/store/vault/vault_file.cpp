#include <sys/stat.h>

#include "base/digest.hpp"
#include "base/text.hpp"
#include "store/private_file.hpp"
#include "store/vault/vault.hpp"

namespace millwright::store {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t key_bytes = 32;
constexpr std::size_t salt_bytes = 16;
constexpr std::string_view check_context = "vault check";
constexpr std::string_view check_text = "this key fits this data directory";

std::string random_hex(std::size_t count) {
  const std::string raw = random_bytes(count);
  return to_hex(std::span(reinterpret_cast<const std::uint8_t*>(raw.data()), raw.size()));
}

Result<std::string> own_key(const fs::path& directory) {
  const fs::path path = directory / "vault.key";
  auto made = create_or_read_file(path, random_hex(key_bytes) + "\n");
  if (!made) return made;
  return load_secret({.environment = {}, .file = path.string(), .credential = {}});
}

Result<std::string> own_salt(const fs::path& directory) {
  auto hex = create_or_read_file(directory / "vault.salt", random_hex(salt_bytes));
  if (!hex) return hex;
  auto salt = from_hex(trimmed(*hex));
  if (!salt || salt->size() != salt_bytes) return fail(ErrorCode::Corrupt, "{} was altered", "vault.salt");
  return salt;
}

/// A small sealed file: with another key it does not open, and that is told before anything is written with it.
Result<void> check_fit(const Vault& vault, const fs::path& directory) {
  auto fresh = vault.seal(check_text, check_context);
  if (!fresh) return pass(fresh);
  auto sealed = create_or_read_file(directory / "vault.check", *fresh);
  if (!sealed) return pass(sealed);
  auto opened = vault.unseal(*sealed, check_context);
  if (opened && *opened == check_text) return {};
  auto refused = fail(ErrorCode::InvalidConfig, "the vault key does not fit the data directory {}", directory.string());
  refused.error().fix = "Give the key this directory was made with.";
  return refused;
}

}  // namespace

Result<std::unique_ptr<Vault>> Vault::open_or_create(const std::string& data_directory, const SecretSource& source) {
  const fs::path directory = data_directory;
  std::error_code failed;
  fs::create_directories(directory, failed);
  if (failed) return fail(ErrorCode::Unavailable, "cannot make {}: {}", data_directory, failed.message());
  auto key = source.empty() ? own_key(directory) : load_secret(source);
  if (!key) return pass(key);
  auto salt = own_salt(directory);
  if (!salt) return pass(salt);
  auto vault = open(*key, *salt);
  if (!vault) return vault;
  auto fits = check_fit(**vault, directory);
  if (!fits) return pass(fits);
  return vault;
}

}  // namespace millwright::store
