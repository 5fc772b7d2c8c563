#include "features/identity/user_store.hpp"

#include "features/identity/identity_sql.hpp"
#include "features/identity/key_store.hpp"

namespace millwright::identity {
namespace {

Result<StoredUser> user_of(const store::Row& row) {
  StoredUser stored;
  auto id = Id::parse(row.text(0));
  const auto role = find_role(row.text(2));
  if (!id || !role) return fail(ErrorCode::Corrupt, "the row of a user is damaged");
  stored.user.id = *id;
  stored.user.name = row.text(1);
  stored.user.role = *role;
  stored.user.groups = names_from_text(row.text(3));
  stored.user.team = row.text(4);
  stored.user.is_disabled = row.integer(5) != 0;
  stored.user.created_at = row.time(6);
  stored.password_hash = row.text(7);
  return stored;
}

Result<void> run(store::Session& session, const store::Statement& statement, const store::Values& values) {
  auto done = session.execute(statement, values);
  if (!done) return pass(done);
  return {};
}

}  // namespace

Result<std::vector<StoredUser>> list_users(store::Session& session) {
  auto rows = session.query(sql::list_users);
  if (!rows) return pass(rows);
  std::vector<StoredUser> users;
  for (const auto& row : *rows) {
    auto user = user_of(row);
    if (!user) return pass(user);
    users.push_back(std::move(*user));
  }
  return users;
}

Result<std::optional<StoredUser>> find_user(store::Session& session, std::string_view name) {
  auto rows = session.query(sql::find_user, {std::string(name)});
  if (!rows) return pass(rows);
  if (rows->empty()) return std::nullopt;
  auto user = user_of(rows->front());
  if (!user) return pass(user);
  return std::move(*user);
}

Result<void> insert_user(store::Session& session, const StoredUser& stored) {
  const auto& user = stored.user;
  return run(session, sql::insert_user,
             {user.id.text(), user.name, stored.password_hash, std::string(role_name(user.role)), names_to_text(user.groups),
              user.team, std::int64_t{user.is_disabled}, to_micros(user.created_at)});
}

Result<void> update_user(store::Session& session, const User& user) {
  return run(session, sql::update_user, {std::string(role_name(user.role)), names_to_text(user.groups), user.team,
                                         std::int64_t{user.is_disabled}, user.id.text()});
}

Result<void> set_password(store::Session& session, Id user, const std::string& password_hash) {
  return run(session, sql::set_password, {password_hash, user.text()});
}

Result<std::int64_t> count_admins(store::Session& session) {
  auto rows = session.query(sql::count_admins);
  if (!rows) return pass(rows);
  return rows->front().integer(0);
}

Result<void> insert_session(store::Session& session, const Digest& token, Id user, Timestamp now, Timestamp expires_at) {
  return run(session, sql::insert_session,
             {token.text(), user.text(), to_micros(now), to_micros(now), to_micros(expires_at)});
}

Result<std::optional<StoredSession>> find_session(store::Session& session, const Digest& token) {
  auto rows = session.query(sql::find_session, {token.text()});
  if (!rows) return pass(rows);
  if (rows->empty()) return std::nullopt;
  auto owner = user_of(rows->front());
  if (!owner) return pass(owner);
  return StoredSession{std::move(*owner), rows->front().time(8), rows->front().time(9)};
}

Result<void> touch_session(store::Session& session, const Digest& token, Timestamp now) {
  return run(session, sql::touch_session, {to_micros(now), token.text()});
}

Result<void> remove_session(store::Session& session, const Digest& token) {
  return run(session, sql::remove_session, {token.text()});
}

Result<void> remove_sessions_of(store::Session& session, Id user) {
  return run(session, sql::remove_sessions_of_user, {user.text()});
}

Result<void> remove_old_sessions(store::Session& session, Timestamp now, Timestamp idle_since) {
  return run(session, sql::remove_old_sessions, {to_micros(now), to_micros(idle_since)});
}

Result<void> put_setup_link(store::Session& session, const Digest& token, Timestamp expires_at) {
  auto removed = remove_setup_links(session);
  if (!removed) return pass(removed);
  return run(session, sql::insert_setup_link, {token.text(), to_micros(expires_at)});
}

Result<std::optional<Timestamp>> find_setup_link(store::Session& session, const Digest& token) {
  auto rows = session.query(sql::find_setup_link, {token.text()});
  if (!rows) return pass(rows);
  if (rows->empty()) return std::nullopt;
  return rows->front().time(0);
}

Result<void> remove_setup_links(store::Session& session) { return run(session, sql::remove_setup_links, {}); }

}  // namespace millwright::identity
