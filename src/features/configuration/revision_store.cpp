#include "features/configuration/revision_store.hpp"

#include "features/configuration/configuration_sql.hpp"

namespace millwright::configuration {
namespace {

Revision revision_of(const store::Row& row) {
  Revision revision;
  revision.number = row.integer(0);
  revision.time = row.time(1);
  revision.author = row.text(2);
  revision.reason = row.text(3);
  revision.action = row.text(4);
  revision.digest = Digest::parse(row.text(5)).value_or(Digest());
  revision.summary = row.text(6);
  return revision;
}

Result<void> insert_part(store::Session& session, std::int64_t revision, const std::string& kind, const std::string& name,
                         const std::string& text) {
  const auto digest = sha256(text).text();
  auto put = session.execute(sql::put_text, {digest, text});
  if (!put) return pass(put);
  auto inserted = session.execute(sql::insert_part, {revision, kind, name, digest});
  if (!inserted) return pass(inserted);
  return {};
}

}  // namespace

Result<std::map<std::string, std::string>> load_console_objects(store::Session& session) {
  auto rows = session.query(sql::list_console_objects);
  if (!rows) return pass(rows);
  std::map<std::string, std::string> objects;
  for (const auto& row : *rows) objects[row.text(0)] = row.text(1);
  return objects;
}

Result<void> put_console_object(store::Session& session, const std::string& id, const std::string& yaml, Timestamp time,
                                const std::string& author) {
  auto done = session.execute(sql::put_console_object, {id, yaml, to_micros(time), author});
  if (!done) return pass(done);
  return {};
}

Result<void> remove_console_object(store::Session& session, const std::string& id) {
  auto done = session.execute(sql::remove_console_object, {id});
  if (!done) return pass(done);
  return {};
}

Result<std::optional<Revision>> find_last_revision(store::Session& session) {
  auto rows = session.query(sql::find_last_revision);
  if (!rows) return pass(rows);
  return rows->empty() ? std::optional<Revision>() : revision_of(rows->front());
}

Result<void> insert_revision(store::Session& session, Revision& revision, const Parts& parts) {
  auto last = find_last_revision(session);
  if (!last) return pass(last);
  revision.number = *last ? (*last)->number + 1 : 1;
  auto inserted = session.execute(sql::insert_revision, {revision.number, to_micros(revision.time), revision.author,
                                                         revision.reason, revision.action, revision.digest.text(),
                                                         revision.summary});
  if (!inserted) return pass(inserted);
  for (const auto& [name, text] : parts.files) {
    auto part = insert_part(session, revision.number, "file", name, text);
    if (!part) return pass(part);
  }
  for (const auto& [id, yaml] : parts.objects) {
    auto part = insert_part(session, revision.number, "object", id, yaml);
    if (!part) return pass(part);
  }
  return {};
}

Result<std::vector<Revision>> list_revisions(store::Session& session, std::int64_t before, std::size_t limit) {
  auto rows = session.query(sql::list_revisions, {before > 0 ? before : INT64_MAX, static_cast<std::int64_t>(limit)});
  if (!rows) return pass(rows);
  std::vector<Revision> revisions;
  for (const auto& row : *rows) revisions.push_back(revision_of(row));
  return revisions;
}

Result<Parts> load_parts(store::Session& session, std::int64_t revision) {
  auto known = session.query(sql::find_revision, {revision});
  if (!known) return pass(known);
  if (known->empty()) {
    auto error = fail(ErrorCode::NotFound, "there is no revision {}", revision);
    error.error().fix = "List them with \"millwright config history\".";
    return error;
  }
  auto rows = session.query(sql::list_parts, {revision});
  if (!rows) return pass(rows);
  Parts parts;
  for (const auto& row : *rows) (row.text(0) == "file" ? parts.files : parts.objects)[row.text(1)] = row.text(2);
  return parts;
}

}  // namespace millwright::configuration
