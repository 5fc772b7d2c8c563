// Envelope encryption: every record has its own data key (XChaCha20-Poly1305), wrapped by the key-encryption key that
// comes from a file, an environment variable or a systemd credential. Destroying a data key erases the record.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "base/secret_source.hpp"

namespace millwright::store {

/// Reads the secret, without its trailing newline. A file that others may read, or that the group may write, is refused
/// (InvalidConfig), as is an empty secret. At most 64 KiB.
[[nodiscard]] Result<std::string> load_secret(const SecretSource& source);

class Vault {
 public:
  /// `key` is 32 bytes, their 64 hex digits or base64; or a passphrase, from which Argon2id derives them with `salt`
  /// (16 bytes, random and kept beside the data; a passphrase without salt is InvalidInput).
  [[nodiscard]] static Result<std::unique_ptr<Vault>> open(std::string_view key, std::string_view salt = {});
  /// With a `source`, opens with its secret (salt in DIR/vault.salt); without, makes DIR/vault.key (mode 0600) on first
  /// use and opens with it. DIR/vault.check tells a wrong key at once (InvalidConfig).
  [[nodiscard]] static Result<std::unique_ptr<Vault>> open_or_create(const std::string& data_directory,
                                                                     const SecretSource& source);
  virtual ~Vault() = default;

  /// `context` is bound to the ciphertext (associated data): a record cannot be moved to another place.
  [[nodiscard]] virtual Result<std::string> seal(std::string_view plain, std::string_view context) const = 0;
  /// Corrupt when the bytes, the key or the context differ.
  [[nodiscard]] virtual Result<std::string> unseal(std::string_view sealed, std::string_view context) const = 0;
  /// A key for one purpose, derived from the key-encryption key (32 bytes).
  [[nodiscard]] virtual std::string derive_key(std::string_view purpose) const = 0;
};

}  // namespace millwright::store
