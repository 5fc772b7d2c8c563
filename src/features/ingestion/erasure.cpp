#include "features/ingestion/erasure.hpp"

#include <set>

#include "features/audit/audit.hpp"
#include "features/ingestion/ingestion_sql.hpp"
#include "store/blobs/blob_store.hpp"
#include "store/writer.hpp"

namespace millwright::ingestion {

namespace {

constexpr std::int64_t versions_a_round = 500;

/// Digests of the content of every version, without doubles.
Result<std::vector<Digest>> digests_of(const IngestionDependencies& dependencies, const Document& document) {
  auto versions = versions_of(dependencies.database, document.id);
  if (!versions) return pass(versions);
  std::set<Digest> digests{document.raw, document.parsed};
  for (const VersionRow& version : *versions) {
    digests.insert(version.raw);
    digests.insert(version.parsed);
  }
  digests.erase(Digest());
  return std::vector<Digest>(digests.begin(), digests.end());
}

}  // namespace

Result<std::int64_t> remove_unused_blobs(const IngestionDependencies& dependencies, const std::vector<Digest>& digests) {
  std::int64_t removed = 0;
  for (const Digest& digest : digests) {
    auto users = count_blob_users(dependencies.database, digest);
    if (!users) return pass(users);
    if (*users > 0) continue;
    if (auto done = dependencies.blobs.remove(digest); !done) return pass(done);
    ++removed;
  }
  return removed;
}

Result<std::vector<std::string>> erase_document(const IngestionDependencies& dependencies, const CurationHooks& hooks,
                                                Id document, std::string_view actor) {
  auto landed = load_landed(dependencies.database, document);
  if (!landed) return pass(landed);
  auto digests = digests_of(dependencies, landed->document);
  if (!digests) return pass(digests);
  // Not the path: it may itself be personal.
  audit::Entry entry{.actor = std::string(actor), .action = "document.erase", .object = "document/" + document.text(),
                     .detail = {{"source", landed->document.source}, {"versions", landed->document.version}}};
  const Timestamp now = dependencies.clock.now();
  auto written = dependencies.writer.run([&](store::Session& session) -> Result<void> {
    const Document& d = landed->document;
    auto noted = session.execute(sql::insert_erased, {d.id.text(), d.source, d.path, d.raw.text(), to_micros(now), entry.actor});
    if (!noted) return pass(noted);
    if (auto deleted = session.execute(sql::delete_document, {d.id.text()}); !deleted) return pass(deleted);
    if (auto deleted = session.execute(sql::delete_versions, {d.id.text()}); !deleted) return pass(deleted);
    if (hooks.forget) {
      if (auto forgotten = hooks.forget(session, d.id); !forgotten) return forgotten;
    }
    return dependencies.audit.append(session, entry);
  });
  if (!written) return pass(written);
  auto removed = remove_unused_blobs(dependencies, *digests);
  if (!removed) return pass(removed);
  return std::vector<std::string>{
      fmt::format("{} of {} stored contents (raw bytes and parsed text of all versions)", *removed, digests->size()),
      fmt::format("{} versions", landed->document.version), "the document's row, tags, permissions and signatures"};
}

Result<std::int64_t> drop_lapsed_versions(const IngestionDependencies& dependencies, std::string_view source,
                                          Timestamp before) {
  std::int64_t dropped = 0;
  for (;;) {
    auto lapsed = lapsed_versions(dependencies.database, source, before, versions_a_round);
    if (!lapsed) return pass(lapsed);
    if (lapsed->empty()) return dropped;
    auto written = dependencies.writer.run([&](store::Session& session) -> Result<void> {
      for (const VersionRow& row : *lapsed) {
        auto deleted = session.execute(sql::delete_version, {row.document.text(), row.version});
        if (!deleted) return pass(deleted);
        if (auto cleared = session.execute(sql::clear_deleted_content, {row.document.text(), row.version}); !cleared) {
          return pass(cleared);
        }
      }
      return {};
    });
    if (!written) return pass(written);
    std::vector<Digest> digests;
    for (const VersionRow& row : *lapsed) {
      if (!row.raw.is_none()) digests.push_back(row.raw);
      if (!row.parsed.is_none()) digests.push_back(row.parsed);
    }
    if (auto removed = remove_unused_blobs(dependencies, digests); !removed) return pass(removed);
    dropped += static_cast<std::int64_t>(lapsed->size());
  }
}

}  // namespace millwright::ingestion
