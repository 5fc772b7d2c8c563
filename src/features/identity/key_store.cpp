#include "features/identity/key_store.hpp"

#include "base/json.hpp"
#include "features/identity/identity_sql.hpp"

namespace millwright::identity {
namespace {

store::Value optional_value(const std::optional<std::int64_t>& value) {
  return value ? store::Value(*value) : store::Value(store::Null());
}

std::optional<std::int64_t> optional_integer(const store::Row& row, std::size_t column) {
  return row.is_null(column) ? std::nullopt : std::optional(row.integer(column));
}

std::optional<Timestamp> optional_time(const store::Row& row, std::size_t column) {
  return row.is_null(column) ? std::nullopt : std::optional(row.time(column));
}

Result<StoredKey> key_of(const store::Row& row) {
  StoredKey stored;
  auto id = Id::parse(row.text(0));
  auto digest = Digest::parse(row.text(2));
  if (!id || !digest) return fail(ErrorCode::Corrupt, "the row of the API key \"{}\" is damaged", row.text(1));
  stored.digest = *digest;
  auto& principal = stored.key.principal;
  principal.key_id = *id;
  principal.key_name = row.text(1);
  stored.key.hint = row.text(3);
  principal.use_case = row.text(4);
  principal.team = row.text(5);
  principal.user = row.text(6);
  principal.groups = names_from_text(row.text(7));
  principal.environment = row.text(8);
  if (!row.is_null(9)) principal.budget = Money::from_nano(row.integer(9));
  principal.rpm = optional_integer(row, 10);
  principal.tpm = optional_integer(row, 11);
  principal.models = names_from_text(row.text(12));
  principal.expires = optional_time(row, 13);
  stored.key.created_at = row.time(14);
  stored.key.created_by = row.text(15);
  stored.key.revoked_at = optional_time(row, 16);
  stored.key.revoked_by = row.text(17);
  principal.concurrent = optional_integer(row, 18);
  if (!row.is_null(19)) principal.passthrough = names_from_text(row.text(19));
  return stored;
}

}  // namespace

std::string names_to_text(const std::vector<std::string>& names) {
  return json::serialize(json::array(names.begin(), names.end()));
}

std::vector<std::string> names_from_text(const std::string& text) {
  std::vector<std::string> names;
  const auto parsed = parse_json(text);
  if (!parsed || !parsed->is_array()) return names;
  for (const auto& name : parsed->get_array()) {
    if (name.is_string()) names.emplace_back(name.get_string());
  }
  return names;
}

Result<std::vector<StoredKey>> list_keys(store::Session& session) {
  auto rows = session.query(sql::list_keys);
  if (!rows) return pass(rows);
  std::vector<StoredKey> keys;
  for (const auto& row : *rows) {
    auto key = key_of(row);
    if (!key) return pass(key);
    keys.push_back(std::move(*key));
  }
  return keys;
}

Result<void> insert_key(store::Session& session, const StoredKey& stored) {
  const auto& key = stored.key;
  const auto& principal = key.principal;
  std::optional<std::int64_t> budget;
  if (principal.budget) budget = principal.budget->nano();
  std::optional<std::int64_t> expires;
  if (principal.expires) expires = to_micros(*principal.expires);
  auto done = session.execute(
      sql::insert_key,
      {principal.key_id.text(), principal.key_name, stored.digest.text(), key.hint, principal.use_case, principal.team,
       principal.user, names_to_text(principal.groups), principal.environment, optional_value(budget),
       optional_value(principal.rpm), optional_value(principal.tpm), names_to_text(principal.models),
       optional_value(expires), to_micros(key.created_at), key.created_by, optional_value(principal.concurrent),
       principal.passthrough ? store::Value(names_to_text(*principal.passthrough)) : store::Value(store::Null())});
  if (!done) return pass(done);
  return {};
}

Result<void> revoke_key(store::Session& session, Id id, Timestamp time, const std::string& actor) {
  auto done = session.execute(sql::revoke_key, {to_micros(time), actor, id.text()});
  if (!done) return pass(done);
  if (*done == 0) return fail(ErrorCode::Conflict, "the API key is already revoked");
  return {};
}

Result<void> replace_key_secret(store::Session& session, const StoredKey& stored) {
  auto done = session.execute(sql::replace_key_secret,
                              {stored.digest.text(), stored.key.hint, stored.key.principal.key_id.text()});
  if (!done) return pass(done);
  if (*done == 0) return fail(ErrorCode::Conflict, "the API key is already revoked");
  return {};
}

}  // namespace millwright::identity
