// People: first run, accounts, signing in and out.
#include <algorithm>

#include "base/text.hpp"
#include "features/audit/audit.hpp"
#include "features/identity/password.hpp"
#include "features/identity/throttle.hpp"
#include "features/identity/user_store.hpp"

namespace millwright::identity {
namespace {

Result<void> check_user_name(std::string_view name) {
  const auto is_start = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  bool is_good = !name.empty() && name.size() <= 63 && is_start(name.front());
  for (const char c : name) is_good = is_good && (is_start(c) || c == '.' || c == '_' || c == '@' || c == '-');
  if (is_good) return {};
  auto error = fail(ErrorCode::InvalidInput, "not a user name");
  error.error().where.field = "name";
  error.error().fix = "Use lower-case letters, digits, '.', '_', '@' and '-', at most 63.";
  return error;
}

std::unexpected<Error> refuse_sign_in() {
  auto error = fail(ErrorCode::Unauthenticated, "user name or password is wrong");
  error.error().rule = "identity.sign_in";
  return error;
}

std::unexpected<Error> no_such_user(std::string_view name) {
  return fail(ErrorCode::NotFound, "there is no user \"{}\"", utf8_prefix(name, 64));
}

std::vector<std::string> sorted_unique(std::vector<std::string> names) {
  std::ranges::sort(names);
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

json::object describe_for_audit(const User& user) {
  return {{"role", role_name(user.role)},
          {"groups", json::array(user.groups.begin(), user.groups.end())},
          {"team", user.team},
          {"disabled", user.is_disabled}};
}

class LiveUsers final : public Users {
 public:
  LiveUsers(store::Database& database, store::Writer& writer, const store::Vault& vault, audit::Audit& audit,
            const Clock& clock, SessionSpec sessions)
      : database_(database), writer_(writer), audit_(audit), clock_(clock), sessions_(sessions),
        csrf_key_(vault.derive_key("identity.csrf")) {}

  Result<bool> has_admin() override {
    auto count = read<std::int64_t>([](store::Session& session) { return count_admins(session); });
    if (!count) return pass(count);
    return *count > 0;
  }

  Result<std::string> create_setup_link(Duration ttl) override {
    const auto token = to_base64url(random_bytes(32));
    auto written = writer_.run([&](store::Session& session) -> Result<void> {
      auto admins = count_admins(session);
      if (!admins) return pass(admins);
      if (*admins > 0) return already_set_up();
      auto put = put_setup_link(session, sha256(token), clock_.now() + ttl);
      if (!put) return pass(put);
      return append(session, "setup", "setup.link", "setup", {{"ttl", render_duration(ttl)}});
    });
    if (!written) return pass(written);
    return token;
  }

  Result<NewSession> finish_setup(std::string_view token, std::string_view name, std::string_view password) override {
    auto stored = make_user({std::string(name), std::string(password), Role::Admin, {}, {}});
    if (!stored) return pass(stored);
    auto session_of_admin = make_session(stored->user);
    auto written = writer_.run([&](store::Session& session) -> Result<void> {
      auto admins = count_admins(session);
      if (!admins) return pass(admins);
      if (*admins > 0) return already_set_up();
      auto link = find_setup_link(session, sha256(token));
      if (!link) return pass(link);
      if (!*link || **link <= clock_.now()) return refuse_link();
      auto removed = remove_setup_links(session);
      if (!removed) return pass(removed);
      auto inserted = insert_user(session, *stored);
      if (!inserted) return pass(inserted);
      auto begun = begin_session(session, session_of_admin);
      if (!begun) return pass(begun);
      return append(session, "setup", "setup.finish", "user/" + stored->user.name, describe_for_audit(stored->user));
    });
    if (!written) return pass(written);
    return session_of_admin;
  }

  Result<User> create(NewUser user, std::string_view actor) override {
    auto stored = make_user(std::move(user));
    if (!stored) return pass(stored);
    auto written = writer_.run([&](store::Session& session) -> Result<void> {
      auto known = find_user(session, stored->user.name);
      if (!known) return pass(known);
      if (*known) return fail(ErrorCode::Conflict, "there is already a user \"{}\"", stored->user.name);
      auto inserted = insert_user(session, *stored);
      if (!inserted) return pass(inserted);
      return append(session, actor, "user.create", "user/" + stored->user.name, describe_for_audit(stored->user));
    });
    if (!written) return pass(written);
    return stored->user;
  }

  Result<std::vector<User>> list() override {
    auto stored = read<std::vector<StoredUser>>([](store::Session& session) { return list_users(session); });
    if (!stored) return pass(stored);
    std::vector<User> users;
    for (auto& one : *stored) users.push_back(std::move(one.user));
    return users;
  }

  Result<User> load(std::string_view name) override {
    auto found = find(name);
    if (!found) return pass(found);
    if (!*found) return no_such_user(name);
    return (*found)->user;
  }

  Result<User> update(User user, std::string_view actor) override {
    user.groups = sorted_unique(std::move(user.groups));
    User updated;
    auto written = writer_.run([&](store::Session& session) -> Result<void> {
      auto known = find_user(session, user.name);
      if (!known) return pass(known);
      if (!*known) return no_such_user(user.name);
      updated = (*known)->user;
      auto kept = keep_an_admin(session, updated, user);
      if (!kept) return pass(kept);
      updated.role = user.role;
      updated.groups = user.groups;
      updated.team = user.team;
      updated.is_disabled = user.is_disabled;
      auto saved = update_user(session, updated);
      if (!saved) return pass(saved);
      if (updated.is_disabled) {
        auto ended = remove_sessions_of(session, updated.id);
        if (!ended) return pass(ended);
      }
      return append(session, actor, "user.update", "user/" + updated.name, describe_for_audit(updated));
    });
    if (!written) return pass(written);
    return updated;
  }

  Result<void> set_password(std::string_view name, std::string_view password, std::string_view actor) override {
    auto good = check_password(password, name);
    if (!good) return pass(good);
    const auto hash = hasher_.hash(password);
    return writer_.run([&](store::Session& session) -> Result<void> {
      auto known = find_user(session, name);
      if (!known) return pass(known);
      if (!*known) return no_such_user(name);
      auto saved = identity::set_password(session, (*known)->user.id, hash);
      if (!saved) return pass(saved);
      auto ended = remove_sessions_of(session, (*known)->user.id);
      if (!ended) return pass(ended);
      return append(session, actor, "user.password", "user/" + (*known)->user.name, {});
    });
  }

  Result<NewSession> sign_in(std::string_view name, std::string_view password, std::string_view origin) override {
    const auto now = clock_.now();
    const std::string name_key = "name/" + std::string(utf8_prefix(name, 128));
    const std::string origin_key = "origin/" + std::string(origin);
    const auto wait = std::max(by_name_.wait(name_key, now), by_origin_.wait(origin_key, now));
    if (wait) return throttled(*wait);

    auto found = find(name);
    if (!found) return pass(found);
    const bool is_known = found->has_value() && !(*found)->user.is_disabled;
    if (!is_known) hasher_.pretend(password);
    if (!is_known || !hasher_.matches(password, (*found)->password_hash)) {
      by_name_.add_failure(name_key, now);
      by_origin_.add_failure(origin_key, now);
      // A name that does not exist may be a password typed into the wrong field: it is not recorded.
      auto recorded = record_failure(is_known ? "user/" + (*found)->user.name : "user", origin);
      if (!recorded) return pass(recorded);
      return refuse_sign_in();
    }
    by_name_.forget(name_key);
    auto session_of_user = make_session((*found)->user);
    auto written = writer_.run([&](store::Session& session) -> Result<void> {
      auto begun = begin_session(session, session_of_user);
      if (!begun) return pass(begun);
      const auto actor = "user/" + session_of_user.signed_in.user.name;
      return append(session, actor, "session.begin", actor, {{"origin", std::string(origin)}});
    });
    if (!written) return pass(written);
    return session_of_user;
  }

  Result<SignedIn> authenticate(std::string_view token) override {
    const auto now = clock_.now();
    const auto digest = sha256(token);
    auto found = read<std::optional<StoredSession>>([&](store::Session& session) { return find_session(session, digest); });
    if (!found) return pass(found);
    const bool is_good = *found && !(*found)->owner.user.is_disabled && now < (*found)->expires_at &&
                         now < (*found)->seen_at + sessions_.idle;
    if (!is_good) {
      auto error = fail(ErrorCode::Unauthenticated, "the session has ended");
      error.error().fix = "Sign in again.";
      return error;
    }
    // Written at most once a minute: a page of the console makes many requests at once.
    if (now - (*found)->seen_at > std::min<Duration>(60s, sessions_.idle / 2)) {
      auto touched = writer_.run([&](store::Session& session) { return touch_session(session, digest, now); });
      if (!touched) return pass(touched);
    }
    return SignedIn{std::move((*found)->owner.user), csrf_of(token), (*found)->expires_at};
  }

  Result<void> sign_out(std::string_view token) override {
    const auto digest = sha256(token);
    return writer_.run([&](store::Session& session) -> Result<void> {
      auto known = find_session(session, digest);
      if (!known) return pass(known);
      if (!*known) return {};
      auto removed = remove_session(session, digest);
      if (!removed) return pass(removed);
      const auto actor = "user/" + (*known)->owner.user.name;
      return append(session, actor, "session.end", actor, {});
    });
  }

 private:
  template <class T, class Body>
  Result<T> read(const Body& body) {
    Result<T> result = fail(ErrorCode::Internal, "nothing was read");
    auto done = database_.read([&](store::Session& session) -> Result<void> {
      result = body(session);
      return {};
    });
    if (!done) return pass(done);
    return result;
  }
  Result<std::optional<StoredUser>> find(std::string_view name) {
    return read<std::optional<StoredUser>>([&](store::Session& session) { return find_user(session, name); });
  }

  static std::unexpected<Error> already_set_up() {
    auto error = fail(ErrorCode::Conflict, "an administrator already exists");
    error.error().fix = "Sign in, or ask an administrator for an account.";
    return error;
  }
  static std::unexpected<Error> refuse_link() {
    auto error = fail(ErrorCode::Unauthenticated, "the set-up link is unknown, used or expired");
    error.error().fix = "Make a fresh one with \"millwright setup-link\".";
    return error;
  }
  static std::unexpected<Error> throttled(Duration wait) {
    auto error = fail(ErrorCode::RateLimited, "too many failed attempts to sign in");
    error.error().rule = "identity.sign_in_throttle";
    error.error().fix = fmt::format("Try again in {}.", render_duration(std::chrono::ceil<std::chrono::seconds>(wait)));
    error.error().retry_after = wait;
    return error;
  }

  Result<StoredUser> make_user(NewUser user) {
    auto good_name = check_user_name(user.name);
    if (!good_name) return pass(good_name);
    auto good_password = check_password(user.password, user.name);
    if (!good_password) return pass(good_password);
    StoredUser stored;
    stored.user.id = Id::generate();
    stored.user.name = std::move(user.name);
    stored.user.role = user.role;
    stored.user.groups = sorted_unique(std::move(user.groups));
    stored.user.team = std::move(user.team);
    stored.user.created_at = clock_.now();
    stored.password_hash = hasher_.hash(user.password);
    return stored;
  }

  /// `after` replaces `before`: refused when nobody could administer the factory any more.
  static Result<void> keep_an_admin(store::Session& session, const User& before, const User& after) {
    const bool was_admin = before.role == Role::Admin && !before.is_disabled;
    const bool is_admin = after.role == Role::Admin && !after.is_disabled;
    if (!was_admin || is_admin) return {};
    auto admins = count_admins(session);
    if (!admins) return pass(admins);
    if (*admins > 1) return {};
    auto error = fail(ErrorCode::Conflict, "\"{}\" is the last administrator", before.name);
    error.error().fix = "Make somebody else an administrator first.";
    return error;
  }

  /// Bound to the session by a key that only the server has: nothing to store.
  std::string csrf_of(std::string_view token) const { return hmac_sha256(csrf_key_, token).text(); }

  NewSession make_session(const User& user) const {
    NewSession made;
    made.token = to_base64url(random_bytes(32));
    made.signed_in = {user, csrf_of(made.token), clock_.now() + sessions_.absolute};
    return made;
  }
  Result<void> begin_session(store::Session& session, const NewSession& made) {
    const auto now = clock_.now();
    auto removed = remove_old_sessions(session, now, now - sessions_.idle);
    if (!removed) return pass(removed);
    return insert_session(session, sha256(made.token), made.signed_in.user.id, now, made.signed_in.expires_at);
  }

  Result<void> append(store::Session& session, std::string_view actor, std::string_view action, std::string object,
                      json::object detail) {
    audit::Entry entry;
    entry.time = clock_.now();
    entry.actor = std::string(actor);
    entry.action = std::string(action);
    entry.object = std::move(object);
    entry.detail = std::move(detail);
    return audit_.append(session, std::move(entry));
  }
  Result<void> record_failure(std::string object, std::string_view origin) {
    return writer_.run([&](store::Session& session) {
      return append(session, "nobody", "session.refuse", object, {{"origin", std::string(origin)}});
    });
  }

  store::Database& database_;
  store::Writer& writer_;
  audit::Audit& audit_;
  const Clock& clock_;
  const SessionSpec sessions_;
  const std::string csrf_key_;
  PasswordHasher hasher_;
  Throttle by_name_;
  Throttle by_origin_{ThrottleOptions{.free_failures = 20}};
};

}  // namespace

Result<std::unique_ptr<Users>> Users::open(store::Database& database, store::Writer& writer, const store::Vault& vault,
                                           audit::Audit& audit, const Clock& clock, SessionSpec sessions) {
  return std::make_unique<LiveUsers>(database, writer, vault, audit, clock, sessions);
}

}  // namespace millwright::identity
