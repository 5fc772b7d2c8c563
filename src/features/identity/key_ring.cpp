#include "features/identity/key_ring.hpp"

namespace millwright::identity {
namespace {

class Ring final : public KeyRing {
 public:
  Ring(const std::vector<StoredKey>& keys, std::string hmac_key) : hmac_key_(std::move(hmac_key)) {
    for (const auto& stored : keys) {
      if (stored.key.revoked_at) continue;
      by_digest_.emplace(stored.digest, stored.key.principal);
    }
    for (const auto& [digest, principal] : by_digest_) by_id_.emplace(principal.key_id, &principal);
  }

  const Principal* find(std::string_view secret) const override {
    if (!is_well_formed_key(secret)) return nullptr;
    const auto found = by_digest_.find(hmac_sha256(hmac_key_, secret));
    return found == by_digest_.end() ? nullptr : &found->second;
  }
  const Principal* find(Id key_id) const override {
    const auto found = by_id_.find(key_id);
    return found == by_id_.end() ? nullptr : found->second;
  }
  std::size_t size() const override { return by_digest_.size(); }

 private:
  std::string hmac_key_;
  std::unordered_map<Digest, Principal> by_digest_;
  std::unordered_map<Id, const Principal*> by_id_;
};

}  // namespace

std::shared_ptr<const KeyRing> make_key_ring(const std::vector<StoredKey>& keys, std::string hmac_key) {
  return std::make_shared<const Ring>(keys, std::move(hmac_key));
}

}  // namespace millwright::identity
