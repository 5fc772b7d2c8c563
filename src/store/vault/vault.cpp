#include "store/vault/vault.hpp"

#include <sodium.h>

#include "base/text.hpp"

namespace millwright::store {
namespace {

constexpr std::size_t key_bytes = crypto_aead_xchacha20poly1305_ietf_KEYBYTES;
constexpr std::size_t nonce_bytes = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr std::size_t tag_bytes = crypto_aead_xchacha20poly1305_ietf_ABYTES;
constexpr std::size_t wrapped_bytes = nonce_bytes + key_bytes + tag_bytes;
constexpr char version = 1;
constexpr std::size_t header_bytes = 1 + wrapped_bytes;
static_assert(key_bytes == 32);

const unsigned char* bytes_of(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }
unsigned char* bytes_of(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

/// Key material that is wiped when it goes.
class Key {
 public:
  Key() = default;
  Key(const Key&) = delete;
  Key& operator=(const Key&) = delete;
  ~Key() { ::sodium_memzero(bytes_.data(), bytes_.size()); }
  [[nodiscard]] unsigned char* data() { return bytes_.data(); }
  [[nodiscard]] const unsigned char* data() const { return bytes_.data(); }

 private:
  std::array<unsigned char, key_bytes> bytes_{};
};

/// nonce, then ciphertext with its tag.
std::string encrypt(std::string_view plain, std::string_view context, const Key& key) {
  std::string out(nonce_bytes + plain.size() + tag_bytes, '\0');
  ::randombytes_buf(out.data(), nonce_bytes);
  ::crypto_aead_xchacha20poly1305_ietf_encrypt(bytes_of(out) + nonce_bytes, nullptr, bytes_of(plain), plain.size(),
                                               bytes_of(context), context.size(), nullptr, bytes_of(out), key.data());
  return out;
}

bool decrypt(std::string_view sealed, std::string_view context, const Key& key, unsigned char* plain) {
  return ::crypto_aead_xchacha20poly1305_ietf_decrypt(plain, nullptr, nullptr, bytes_of(sealed) + nonce_bytes,
                                                      sealed.size() - nonce_bytes, bytes_of(context), context.size(),
                                                      bytes_of(sealed), key.data()) == 0;
}

void derive(const unsigned char* root, std::string_view purpose, unsigned char* out) {
  ::crypto_generichash(out, key_bytes, bytes_of(purpose), purpose.size(), root, key_bytes);
}

/// One master key, and from it two: one wraps data keys, one is the root of all derived keys.
class EnvelopeVault final : public Vault {
 public:
  explicit EnvelopeVault(const Key& master) {
    derive(master.data(), "millwright vault: wrap data keys, version 1", wrapping_.data());
    derive(master.data(), "millwright vault: derive keys, version 1", root_.data());
  }

  [[nodiscard]] Result<std::string> seal(std::string_view plain, std::string_view context) const override {
    Key data_key;
    ::randombytes_buf(data_key.data(), key_bytes);
    const std::string_view raw(reinterpret_cast<const char*>(data_key.data()), key_bytes);
    std::string sealed(1, version);
    sealed += encrypt(raw, context, wrapping_);
    sealed += encrypt(plain, context, data_key);
    return sealed;
  }

  [[nodiscard]] Result<std::string> unseal(std::string_view sealed, std::string_view context) const override {
    if (sealed.size() < header_bytes + nonce_bytes + tag_bytes) {
      return fail(ErrorCode::Corrupt, "a sealed record of {} bytes is too short", sealed.size());
    }
    if (sealed[0] != version) {
      return fail(ErrorCode::Corrupt, "a sealed record of unknown version {}", static_cast<int>(sealed[0]));
    }
    Key data_key;
    if (!decrypt(sealed.substr(1, wrapped_bytes), context, wrapping_, data_key.data())) {
      return fail(ErrorCode::Corrupt, "a sealed record does not open: its bytes, its place or the key differ");
    }
    const std::string_view body = sealed.substr(header_bytes);
    std::string plain(body.size() - nonce_bytes - tag_bytes, '\0');
    if (!decrypt(body, context, data_key, bytes_of(plain))) {
      return fail(ErrorCode::Corrupt, "the content of a sealed record was altered");
    }
    return plain;
  }

  [[nodiscard]] std::string derive_key(std::string_view purpose) const override {
    std::string key(key_bytes, '\0');
    derive(root_.data(), purpose, bytes_of(key));
    return key;
  }

 private:
  Key wrapping_;
  Key root_;
};

bool assign(Key& key, std::string_view raw) {
  if (raw.size() != key_bytes) return false;
  std::copy(raw.begin(), raw.end(), key.data());
  return true;
}

Result<void> read_key(std::string_view text, std::string_view salt, Key& key) {
  if (assign(key, text)) return {};
  if (text.size() == 2 * key_bytes) {
    if (auto raw = from_hex(text); raw && assign(key, *raw)) return {};
  }
  if (text.size() == 43 || text.size() == 44) {
    if (auto raw = from_base64(text); raw && assign(key, *raw)) return {};
  }
  if (text.empty()) return fail(ErrorCode::InvalidConfig, "the vault key is empty");
  if (salt.size() != crypto_pwhash_SALTBYTES) {
    return fail(ErrorCode::InvalidInput,
                "a vault key is 32 bytes, 64 hex digits or base64; a passphrase needs {} bytes "
                "of salt",
                static_cast<std::size_t>(crypto_pwhash_SALTBYTES));
  }
  if (::crypto_pwhash(key.data(), key_bytes, text.data(), text.size(), bytes_of(salt), crypto_pwhash_OPSLIMIT_MODERATE,
                      crypto_pwhash_MEMLIMIT_INTERACTIVE, crypto_pwhash_ALG_ARGON2ID13) != 0) {
    return fail(ErrorCode::Unavailable, "not enough memory to derive the vault key from its passphrase");
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<Vault>> Vault::open(std::string_view key, std::string_view salt) {
  if (::sodium_init() < 0) return fail(ErrorCode::Unavailable, "the system has no source of randomness");
  Key master;
  auto read = read_key(key, salt, master);
  if (!read) return pass(read);
  return std::make_unique<EnvelopeVault>(master);
}

}  // namespace millwright::store
