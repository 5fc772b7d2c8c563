// Rows of API keys.
#pragma once

#include <vector>

#include "features/identity/key_ring.hpp"

namespace millwright::identity {

[[nodiscard]] Result<std::vector<StoredKey>> list_keys(store::Session& session);   // newest first
[[nodiscard]] Result<void> insert_key(store::Session& session, const StoredKey& stored);
[[nodiscard]] Result<void> revoke_key(store::Session& session, Id id, Timestamp time, const std::string& actor);
[[nodiscard]] Result<void> replace_key_secret(store::Session& session, const StoredKey& stored);

/// Lists of names in one column, as a JSON array.
[[nodiscard]] std::string names_to_text(const std::vector<std::string>& names);
[[nodiscard]] std::vector<std::string> names_from_text(const std::string& text);

}  // namespace millwright::identity
