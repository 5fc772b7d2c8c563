// Who may do what: teams, people with roles, their sessions, and the API keys of applications.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/digest.hpp"
#include "base/error.hpp"
#include "base/id.hpp"
#include "base/money.hpp"
#include "base/time.hpp"
#include "store/database.hpp"
#include "store/vault/vault.hpp"
#include "store/writer.hpp"

namespace millwright::audit {
class Audit;
}

namespace millwright::identity {

/// Each may do what those before it may.
enum class Role : std::uint8_t { Viewer, Approver, Owner, Admin };
[[nodiscard]] std::string_view role_name(Role role);   // "viewer", "approver", "owner", "admin"
[[nodiscard]] std::optional<Role> find_role(std::string_view name);

/// What an application may do with one API key. Immutable.
struct Principal {
  Id key_id;
  std::string key_name;
  std::string use_case;                 // empty: any its models and policy allow
  std::string team, user;
  std::vector<std::string> groups;      // sorted; what retrieval filters by
  std::string environment = "production";
  std::optional<Money> budget;          // of the key itself, a calendar month
  std::optional<std::int64_t> rpm, tpm, concurrent;  // absent: no limit of its own
  std::vector<std::string> models;      // that it may call by name besides its use case, sorted
  /// Providers it may speak to in their own words, sorted; absent: those of its use case.
  std::optional<std::vector<std::string>> passthrough;
  std::optional<Timestamp> expires;

  [[nodiscard]] bool is_expired(Timestamp now) const { return expires && *expires <= now; }
  [[nodiscard]] bool has_own_limits() const { return rpm || tpm || concurrent; }
  [[nodiscard]] bool may_use_model(std::string_view model) const;
};

/// The keys in force. Immutable; a look-up is a keyed digest and one probe, without allocation.
class KeyRing {
 public:
  virtual ~KeyRing() = default;
  /// nullptr for what is malformed, unknown or revoked. Check expiry with the request's own time.
  [[nodiscard]] virtual const Principal* find(std::string_view secret) const = 0;
  [[nodiscard]] virtual const Principal* find(Id key_id) const = 0;
  [[nodiscard]] virtual std::size_t size() const = 0;
};

struct KeySpec {
  std::string use_case;                 // may be empty
  std::string team, user;
  std::vector<std::string> groups;
  std::string name;
  std::string environment = "production";
  std::optional<Money> budget;
  std::optional<std::int64_t> rpm, tpm, concurrent;
  std::vector<std::string> models;
  std::optional<std::vector<std::string>> passthrough;   // absent: as the use case says; empty: none
  std::optional<Timestamp> expires;
};
struct Key {
  Principal principal;
  std::string hint;                     // "mw_…x7Qa": enough to recognise, nothing to use
  Timestamp created_at;
  std::string created_by;
  std::optional<Timestamp> revoked_at;
  std::string revoked_by;
};
struct CreatedKey {
  Key key;
  std::string secret;                   // shown once, stored nowhere
};

/// "mw_" + base62 + six base62 digits of CRC-32, so that scanners find leaked keys without asking. Says nothing about
/// whether such a key exists.
[[nodiscard]] bool is_well_formed_key(std::string_view secret);

/// Thread-safe. `actor` names who acts, for the audit log: "user/ada", "cli", "setup".
class Keys {
 public:
  [[nodiscard]] static Result<std::unique_ptr<Keys>> open(store::Database& database, store::Writer& writer,
                                                          const store::Vault& vault, audit::Audit& audit,
                                                          const Clock& clock);
  virtual ~Keys() = default;
  [[nodiscard]] virtual std::shared_ptr<const KeyRing> ring() const = 0;
  [[nodiscard]] virtual Result<CreatedKey> create(KeySpec spec, std::string_view actor) = 0;
  /// Newest first; revoked ones too.
  [[nodiscard]] virtual Result<std::vector<Key>> list() = 0;
  /// By id or name. In effect for every look-up after it returns.
  [[nodiscard]] virtual Result<void> revoke(std::string_view id_or_name, std::string_view actor) = 0;
  /// A new secret for the same key; the old one stops at once.
  [[nodiscard]] virtual Result<CreatedKey> rotate(std::string_view id_or_name, std::string_view actor) = 0;
  /// Keys bound to a use case: for the blast radius of a change to it.
  [[nodiscard]] virtual std::size_t count_for_use_case(std::string_view use_case) const = 0;
};

struct User {
  Id id;
  std::string name;                     // ^[a-z0-9][a-z0-9._@-]{0,62}$
  Role role = Role::Viewer;
  std::vector<std::string> groups;
  std::string team;
  bool is_disabled = false;
  Timestamp created_at;
};
struct NewUser {
  std::string name;
  std::string password;                 // at least 12 characters
  Role role = Role::Viewer;
  std::vector<std::string> groups;
  std::string team;
};

struct SessionSpec {
  Duration idle{3'600'000};
  Duration absolute{43'200'000};
};
/// A signed-in person, as every console request needs it.
struct SignedIn {
  User user;
  std::string csrf_token;               // bound to the session; state-changing requests must send it
  Timestamp expires_at;
};
struct NewSession {
  std::string token;                    // cookie value: HttpOnly, SameSite=Strict, Secure under TLS
  SignedIn signed_in;
};

/// Thread-safe; blocking (Argon2id, SQL): call on a worker thread.
class Users {
 public:
  [[nodiscard]] static Result<std::unique_ptr<Users>> open(store::Database& database, store::Writer& writer,
                                                           const store::Vault& vault, audit::Audit& audit,
                                                           const Clock& clock, SessionSpec sessions = {});
  virtual ~Users() = default;

  // First run. No default credential exists: a link that can be used once makes the first admin.
  [[nodiscard]] virtual Result<bool> has_admin() = 0;
  /// A fresh token (older ones stop working); Conflict once an admin exists.
  [[nodiscard]] virtual Result<std::string> create_setup_link(Duration ttl = Duration(1'800'000)) = 0;
  [[nodiscard]] virtual Result<NewSession> finish_setup(std::string_view token, std::string_view name,
                                                        std::string_view password) = 0;

  [[nodiscard]] virtual Result<User> create(NewUser user, std::string_view actor) = 0;
  [[nodiscard]] virtual Result<std::vector<User>> list() = 0;
  [[nodiscard]] virtual Result<User> load(std::string_view name) = 0;
  /// Role, groups, team and whether the account is open. The last admin can neither be demoted nor disabled.
  [[nodiscard]] virtual Result<User> update(User user, std::string_view actor) = 0;
  /// Ends all sessions of the user.
  [[nodiscard]] virtual Result<void> set_password(std::string_view name, std::string_view password,
                                                  std::string_view actor) = 0;

  /// `origin` is the client's address: failures are throttled by name and by origin (RateLimited, retry_after).
  [[nodiscard]] virtual Result<NewSession> sign_in(std::string_view name, std::string_view password,
                                                   std::string_view origin) = 0;
  /// Unauthenticated when unknown or expired; prolongs the idle time.
  [[nodiscard]] virtual Result<SignedIn> authenticate(std::string_view token) = 0;
  [[nodiscard]] virtual Result<void> sign_out(std::string_view token) = 0;
};
[[nodiscard]] bool csrf_matches(const SignedIn& signed_in, std::string_view sent);

/// The tables of this feature.
[[nodiscard]] std::span<const store::Migration> migrations();

}  // namespace millwright::identity
