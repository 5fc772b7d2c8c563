// Rows of users, their sessions, and the link of the first run.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "features/identity/identity.hpp"

namespace millwright::identity {

struct StoredUser {
  User user;
  std::string password_hash;
};
struct StoredSession {
  StoredUser owner;
  Timestamp seen_at, expires_at;
};

[[nodiscard]] Result<std::vector<StoredUser>> list_users(store::Session& session);
[[nodiscard]] Result<std::optional<StoredUser>> find_user(store::Session& session, std::string_view name);
[[nodiscard]] Result<void> insert_user(store::Session& session, const StoredUser& stored);
[[nodiscard]] Result<void> update_user(store::Session& session, const User& user);
[[nodiscard]] Result<void> set_password(store::Session& session, Id user, const std::string& password_hash);
[[nodiscard]] Result<std::int64_t> count_admins(store::Session& session);

[[nodiscard]] Result<void> insert_session(store::Session& session, const Digest& token, Id user, Timestamp now,
                                          Timestamp expires_at);
[[nodiscard]] Result<std::optional<StoredSession>> find_session(store::Session& session, const Digest& token);
[[nodiscard]] Result<void> touch_session(store::Session& session, const Digest& token, Timestamp now);
[[nodiscard]] Result<void> remove_session(store::Session& session, const Digest& token);
[[nodiscard]] Result<void> remove_sessions_of(store::Session& session, Id user);
[[nodiscard]] Result<void> remove_old_sessions(store::Session& session, Timestamp now, Timestamp idle_since);

/// Replaces every older link.
[[nodiscard]] Result<void> put_setup_link(store::Session& session, const Digest& token, Timestamp expires_at);
[[nodiscard]] Result<std::optional<Timestamp>> find_setup_link(store::Session& session, const Digest& token);
[[nodiscard]] Result<void> remove_setup_links(store::Session& session);

}  // namespace millwright::identity
