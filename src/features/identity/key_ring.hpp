// The immutable table of keys in force that requests look up.
#pragma once

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "features/identity/identity.hpp"

namespace millwright::identity {

/// A key as stored: the keyed digest of its secret instead of the secret.
struct StoredKey {
  Key key;
  Digest digest;
};

/// `hmac_key` keys the digests. Revoked keys are left out.
[[nodiscard]] std::shared_ptr<const KeyRing> make_key_ring(const std::vector<StoredKey>& keys, std::string hmac_key);

}  // namespace millwright::identity
