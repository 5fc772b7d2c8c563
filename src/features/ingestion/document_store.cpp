#include "features/ingestion/document_store.hpp"

#include "base/text.hpp"
#include "features/ingestion/acl.hpp"
#include "features/ingestion/ingestion_sql.hpp"

namespace millwright::ingestion {

namespace {

constexpr std::int64_t page_size = 1'000;

std::string digest_text(const Digest& digest) { return digest.is_none() ? std::string() : digest.text(); }
Digest digest_of(const std::string& text) { return Digest::parse(text).value_or(Digest()); }
std::string id_text(const Id& id) { return id.is_none() ? std::string() : id.text(); }

/// The order of columns in sql/documents.sql.
Landed read_landed(const store::Row& row) {
  Landed landed;
  Document& d = landed.document;
  d.id = Id::parse(row.text(0)).value_or(Id());
  d.source = row.text(1);
  d.path = row.text(2);
  d.uri = row.text(3);
  d.version = row.integer(4);
  d.raw = digest_of(row.text(5));
  d.parsed = digest_of(row.text(6));
  d.text = digest_of(row.text(7));
  d.bytes = static_cast<std::uint64_t>(row.integer(8));
  d.title = row.text(9);
  d.language = row.text(10);
  d.parser = row.text(11);
  d.modified = row.time(12);
  d.landed = row.time(13);
  d.acl = parse_acl_text(row.text(14));
  // A class that cannot be read is the strictest.
  d.data_class = policy::find_class(row.text(15)).value_or(policy::DataClass::Restricted);
  d.tags = parse_list(row.text(16));
  d.uses = parse_list(row.text(17));
  d.verdict = find_verdict(row.text(18)).value_or(Verdict::Quarantined);
  d.reason = row.text(19);
  d.superseded_by = row.text(20);
  landed.change_token = row.text(21);
  landed.identity = row.text(22);
  landed.settings = row.text(23);
  landed.decision = row.text(24);
  landed.sync = Id::parse(row.text(25)).value_or(Id());
  return landed;
}

store::Values values_of(const Landed& landed) {
  const Document& d = landed.document;
  return {d.id.text(), d.source, d.path, d.uri, d.version, digest_text(d.raw), digest_text(d.parsed),
          digest_text(d.text), static_cast<std::int64_t>(d.bytes), d.title, d.language, d.parser, to_micros(d.modified),
          to_micros(d.landed), render_acl(d.acl), std::string(policy::class_name(d.data_class)), render_list(d.tags),
          render_list(d.uses), std::string(verdict_name(d.verdict)), d.reason, d.superseded_by, landed.change_token,
          landed.identity, landed.settings, landed.decision, id_text(landed.sync)};
}

Result<void> run(store::Session& session, const store::Statement& statement, const store::Values& values) {
  auto changed = session.execute(statement, values);
  if (!changed) return pass(changed);
  return {};
}

std::vector<VersionRow> read_versions(const store::Rows& rows) {
  std::vector<VersionRow> out;
  for (const store::Row& row : rows) {
    out.push_back({Id::parse(row.text(0)).value_or(Id()), row.integer(1), digest_of(row.text(2)), digest_of(row.text(3))});
  }
  return out;
}

}  // namespace

Result<void> save_document(store::Session& session, const Landed& landed) {
  return run(session, sql::upsert_document, values_of(landed));
}

Result<void> save_version(store::Session& session, const Landed& landed) {
  const Document& d = landed.document;
  return run(session, sql::insert_version,
             {d.id.text(), d.version, digest_text(d.raw), digest_text(d.parsed), static_cast<std::int64_t>(d.bytes),
              to_micros(d.modified), to_micros(d.landed), id_text(landed.sync)});
}

Result<void> revise_document(store::Session& session, const Revision& revision) {
  return run(session, sql::revise_document,
             {std::string(verdict_name(revision.verdict)), revision.reason, revision.superseded_by,
              revision.document.text()});
}

Result<void> set_acl(store::Session& session, Id document, const Acl& acl) {
  return run(session, sql::set_acl, {render_acl(acl), document.text()});
}

Result<Landed> load_landed(store::Database& database, Id document) {
  auto rows = database.select(sql::load_document, {document.text()});
  if (!rows) return pass(rows);
  if (rows->empty()) return fail(ErrorCode::NotFound, "no document {}", document.text());
  return read_landed(rows->front());
}

Result<std::vector<std::unique_ptr<Landed>>> documents_of(store::Database& database, std::string_view source) {
  std::vector<std::unique_ptr<Landed>> out;
  std::string after;
  for (;;) {
    auto rows = database.select(sql::documents_of_source, {std::string(source), after, page_size});
    if (!rows) return pass(rows);
    for (const store::Row& row : *rows) out.push_back(std::make_unique<Landed>(read_landed(row)));
    if (rows->size() < static_cast<std::size_t>(page_size)) return out;
    after = rows->back().text(0);
  }
}

Result<std::vector<Landed>> superseded_by(store::Database& database, Id document) {
  auto rows = database.select(sql::documents_superseded_by, {document.text()});
  if (!rows) return pass(rows);
  std::vector<Landed> out;
  for (const store::Row& row : *rows) out.push_back(read_landed(row));
  return out;
}

Result<std::vector<Document>> find_documents(store::Database& database, const DocumentQuery& query,
                                             std::string& next_cursor) {
  const auto limit = static_cast<std::int64_t>(std::clamp<std::size_t>(query.limit, 1, 1'000));
  const std::string tag = query.tag.empty() ? std::string() : "\"" + query.tag + "\"";
  auto rows = database.select(sql::find_documents,
                              {query.cursor, query.source, query.verdict, tag, to_lower_ascii(query.text), limit + 1});
  if (!rows) return pass(rows);
  next_cursor.clear();
  std::vector<Document> out;
  for (const store::Row& row : *rows) {
    if (static_cast<std::int64_t>(out.size()) == limit) {
      next_cursor = out.back().id.text();
      break;
    }
    out.push_back(read_landed(row).document);
  }
  return out;
}

Result<std::vector<VersionRow>> versions_of(store::Database& database, Id document) {
  auto rows = database.select(sql::versions_of_document, {document.text()});
  if (!rows) return pass(rows);
  std::vector<VersionRow> out;
  for (const store::Row& row : *rows) {
    out.push_back({document, row.integer(0), digest_of(row.text(1)), digest_of(row.text(2))});
  }
  return out;
}

Result<std::vector<VersionRow>> lapsed_versions(store::Database& database, std::string_view source, Timestamp before,
                                                std::int64_t limit) {
  auto rows = database.select(sql::lapsed_versions, {std::string(source), to_micros(before), limit});
  if (!rows) return pass(rows);
  return read_versions(*rows);
}

Result<std::int64_t> count_blob_users(store::Database& database, const Digest& digest) {
  auto rows = database.select(sql::count_blob_users, {digest.text()});
  if (!rows) return pass(rows);
  return rows->empty() ? 0 : rows->front().integer(0);
}

Result<std::vector<Erased>> erased_of(store::Database& database, std::string_view source) {
  auto rows = database.select(sql::erased_of_source, {std::string(source)});
  if (!rows) return pass(rows);
  std::vector<Erased> out;
  for (const store::Row& row : *rows) out.push_back({row.text(0), digest_of(row.text(1))});
  return out;
}

}  // namespace millwright::ingestion
