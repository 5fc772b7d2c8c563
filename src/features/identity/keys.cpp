// Making, listing, revoking and rotating API keys; the ring that requests read is replaced after every change.
#include <algorithm>
#include <atomic>
#include <mutex>

#include "features/audit/audit.hpp"
#include "features/identity/key_format.hpp"
#include "features/identity/key_ring.hpp"
#include "features/identity/key_spec.hpp"
#include "features/identity/key_store.hpp"

namespace millwright::identity {
namespace {

json::object describe_for_audit(const Key& key) {
  const auto& principal = key.principal;
  json::object detail{{"name", principal.key_name},         {"hint", key.hint},
                      {"use_case", principal.use_case},     {"team", principal.team},
                      {"environment", principal.environment}};
  if (principal.budget) detail["budget_usd"] = render_decimal(*principal.budget);
  if (principal.rpm) detail["rpm"] = *principal.rpm;
  if (principal.tpm) detail["tpm"] = *principal.tpm;
  if (principal.expires) detail["expires"] = render_time(*principal.expires);
  detail["groups"] = json::array(principal.groups.begin(), principal.groups.end());
  detail["models"] = json::array(principal.models.begin(), principal.models.end());
  return detail;
}

class LiveKeys final : public Keys {
 public:
  LiveKeys(store::Database& database, store::Writer& writer, const store::Vault& vault, audit::Audit& audit,
           const Clock& clock)
      : database_(database), writer_(writer), audit_(audit), clock_(clock),
        hmac_key_(vault.derive_key("identity.api_keys")) {}

  Result<void> start() {
    auto stored = load_all();
    if (!stored) return pass(stored);
    std::erase_if(*stored, [](const StoredKey& key) { return key.key.revoked_at.has_value(); });
    active_ = std::move(*stored);
    publish();
    return {};
  }

  std::shared_ptr<const KeyRing> ring() const override { return ring_.load(); }

  Result<CreatedKey> create(KeySpec spec, std::string_view actor) override {
    const auto now = clock_.now();
    auto principal = make_principal(std::move(spec), now);
    if (!principal) return pass(principal);
    StoredKey stored;
    stored.key.principal = std::move(*principal);
    stored.key.created_at = now;
    stored.key.created_by = std::string(actor);
    const auto secret = set_secret(stored);

    const std::scoped_lock lock(mutex_);
    const auto& name = stored.key.principal.key_name;
    if (find_active(name) != active_.end()) {
      auto error = fail(ErrorCode::Conflict, "there is already an API key named \"{}\"", name);
      error.error().fix = "Choose another name, or revoke that key first.";
      return error;
    }
    auto written = write("key.create", stored.key, actor, [&](store::Session& session) { return insert_key(session, stored); });
    if (!written) return pass(written);
    active_.push_back(stored);
    publish();
    return CreatedKey{stored.key, secret};
  }

  Result<std::vector<Key>> list() override {
    auto stored = load_all();
    if (!stored) return pass(stored);
    std::vector<Key> keys;
    for (auto& one : *stored) keys.push_back(std::move(one.key));
    return keys;
  }

  Result<void> revoke(std::string_view id_or_name, std::string_view actor) override {
    const std::scoped_lock lock(mutex_);
    const auto found = find_active(id_or_name);
    if (found == active_.end()) return not_found(id_or_name);
    const auto id = found->key.principal.key_id;
    auto written = write("key.revoke", found->key, actor, [&](store::Session& session) {
      return revoke_key(session, id, clock_.now(), std::string(actor));
    });
    if (!written) return pass(written);
    active_.erase(found);
    publish();
    return {};
  }

  Result<CreatedKey> rotate(std::string_view id_or_name, std::string_view actor) override {
    const std::scoped_lock lock(mutex_);
    const auto found = find_active(id_or_name);
    if (found == active_.end()) return not_found(id_or_name);
    StoredKey stored = *found;
    const auto secret = set_secret(stored);
    auto written = write("key.rotate", stored.key, actor,
                         [&](store::Session& session) { return replace_key_secret(session, stored); });
    if (!written) return pass(written);
    *found = stored;
    publish();
    return CreatedKey{stored.key, secret};
  }

  std::size_t count_for_use_case(std::string_view use_case) const override {
    const std::scoped_lock lock(mutex_);
    return static_cast<std::size_t>(std::ranges::count_if(
        active_, [&](const StoredKey& stored) { return stored.key.principal.use_case == use_case; }));
  }

 private:
  std::string set_secret(StoredKey& stored) const {
    auto secret = make_key_secret();
    stored.digest = hmac_sha256(hmac_key_, secret);
    stored.key.hint = key_hint(secret);
    return secret;
  }

  Result<std::vector<StoredKey>> load_all() {
    std::vector<StoredKey> all;
    auto read = database_.read([&](store::Session& session) -> Result<void> {
      auto keys = list_keys(session);
      if (!keys) return pass(keys);
      all = std::move(*keys);
      return {};
    });
    if (!read) return pass(read);
    return all;
  }

  /// The change and its audit entry: one transaction.
  template <class Change>
  Result<void> write(std::string action, const Key& key, std::string_view actor, const Change& change) {
    return writer_.run([&](store::Session& session) -> Result<void> {
      auto changed = change(session);
      if (!changed) return pass(changed);
      audit::Entry entry;
      entry.time = clock_.now();
      entry.actor = std::string(actor);
      entry.action = std::move(action);
      entry.object = "key/" + key.principal.key_id.text();
      entry.detail = describe_for_audit(key);
      return audit_.append(session, std::move(entry));
    });
  }

  std::vector<StoredKey>::iterator find_active(std::string_view id_or_name) {
    return std::ranges::find_if(active_, [&](const StoredKey& stored) {
      const auto& principal = stored.key.principal;
      return principal.key_name == id_or_name || principal.key_id.text() == id_or_name;
    });
  }
  std::unexpected<Error> not_found(std::string_view id_or_name) {
    return fail(ErrorCode::NotFound, "there is no API key \"{}\" in force", id_or_name.substr(0, 128));
  }

  /// In effect for every look-up that begins after it.
  void publish() { ring_.store(make_key_ring(active_, hmac_key_)); }

  store::Database& database_;
  store::Writer& writer_;
  audit::Audit& audit_;
  const Clock& clock_;
  const std::string hmac_key_;
  std::atomic<std::shared_ptr<const KeyRing>> ring_;
  mutable std::mutex mutex_;   // one change at a time; guards what follows
  std::vector<StoredKey> active_;
};

}  // namespace

Result<std::unique_ptr<Keys>> Keys::open(store::Database& database, store::Writer& writer, const store::Vault& vault,
                                         audit::Audit& audit, const Clock& clock) {
  auto keys = std::make_unique<LiveKeys>(database, writer, vault, audit, clock);
  auto started = keys->start();
  if (!started) return pass(started);
  return keys;
}

}  // namespace millwright::identity
