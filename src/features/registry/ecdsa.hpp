// ECDSA P-256 with SHA-256 (DER signatures), over OpenSSL.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/error.hpp"

struct evp_pkey_st;

namespace millwright::registry {

struct FreeKey {
  void operator()(evp_pkey_st* key) const;
};
using KeyHandle = std::unique_ptr<evp_pkey_st, FreeKey>;

[[nodiscard]] Result<KeyHandle> generate_key();
/// PKCS #8 without password: only ever kept sealed.
[[nodiscard]] Result<std::string> render_private_key(evp_pkey_st* key);
[[nodiscard]] Result<KeyHandle> parse_private_key(std::string_view pem);
/// SubjectPublicKeyInfo as PEM.
[[nodiscard]] Result<std::string> render_public_key(evp_pkey_st* key);
/// InvalidInput when it is no P-256 key.
[[nodiscard]] Result<KeyHandle> parse_public_key(std::string_view pem);

[[nodiscard]] Result<std::string> sign_bytes(evp_pkey_st* key, std::string_view bytes);
[[nodiscard]] bool is_signature_valid(evp_pkey_st* key, std::string_view bytes, std::string_view signature);

}  // namespace millwright::registry
