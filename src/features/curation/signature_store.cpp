#include "features/curation/signature_store.hpp"

#include "features/curation/curation_sql.hpp"

namespace millwright::curation {

namespace {

std::vector<Id> ids_of(const store::Rows& rows) {
  std::vector<Id> out;
  for (const store::Row& row : rows) {
    if (const auto id = Id::parse(row.text(0))) out.push_back(*id);
  }
  return out;
}

}  // namespace

Result<void> save_signature(store::Session& session, const Signature& signature) {
  if (auto deleted = delete_signature(session, signature.document); !deleted) return deleted;
  auto saved = session.execute(sql::upsert_signature, {signature.document.text(), signature.text.text()});
  if (!saved) return pass(saved);
  if (!signature.keys) return {};
  std::vector<store::Values> rows;
  for (const std::int64_t key : *signature.keys) rows.push_back({key, signature.document.text()});
  return session.execute_many(sql::insert_band, rows);
}

Result<void> delete_signature(store::Session& session, Id document) {
  auto deleted = session.execute(sql::delete_signature, {document.text()});
  if (!deleted) return pass(deleted);
  deleted = session.execute(sql::delete_bands, {document.text()});
  if (!deleted) return pass(deleted);
  return {};
}

Result<std::vector<Id>> documents_with_text(store::Database& database, const Digest& text) {
  auto rows = database.select(sql::documents_with_text, {text.text()});
  if (!rows) return pass(rows);
  return ids_of(*rows);
}

Result<std::vector<Id>> documents_in_bands(store::Database& database, const BandKeys& keys) {
  auto rows = database.select(sql::documents_in_bands, store::Values(keys.begin(), keys.end()));
  if (!rows) return pass(rows);
  return ids_of(*rows);
}

}  // namespace millwright::curation
