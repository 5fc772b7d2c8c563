#include "features/retrieval/index_store.hpp"

#include "features/retrieval/retrieval_sql.hpp"

namespace millwright::retrieval {
namespace {

Result<void> append(audit::Audit* audit, store::Session& session, const audit::Entry& entry) {
  if (audit == nullptr) return {};
  return audit->append(session, entry);
}

audit::Entry make_entry(std::string_view action, const std::string& index, const Digest& version,
                        std::string_view actor, Timestamp now) {
  return {.time = now, .actor = std::string(actor), .action = std::string(action),
          .object = fmt::format("index/{}@{}", index, version.short_text()), .detail = {{"version", version.text()}}};
}

}  // namespace

Result<Catalog> IndexStore::load() const {
  Catalog catalog;
  auto versions = database_.select(sql::list_index_versions);
  if (!versions) return pass(versions);
  for (const store::Row& row : *versions) {
    auto digest = Digest::parse(row.text(0));
    if (!digest) return pass(digest);
    auto dataset = Digest::parse(row.text(2));
    if (!dataset) return pass(dataset);
    auto artifact = Digest::parse(row.text(3));
    if (!artifact) return pass(artifact);
    catalog.versions[*digest] = {.version = {.index = row.text(1),
                                             .digest = *digest,
                                             .dataset_version = *dataset,
                                             .artifact = *artifact,
                                             .built = row.time(5),
                                             .documents = row.integer(6),
                                             .chunks = row.integer(7),
                                             .bytes = static_cast<std::uint64_t>(row.integer(8))},
                                 .words = row.integer(4)};
  }
  auto live = database_.select(sql::list_index_live);
  if (!live) return pass(live);
  for (const store::Row& row : *live) {
    auto digest = Digest::parse(row.text(1));
    if (!digest) return pass(digest);
    catalog.live[row.text(0)] = *digest;
  }
  return catalog;
}

Result<void> IndexStore::put(const StoredVersion& stored, bool goes_live, std::string_view actor, Timestamp now) {
  const IndexVersion& version = stored.version;
  store::Values row{version.digest.text(),   version.index,     version.dataset_version.text(),
                    version.artifact.text(), stored.words,      to_micros(version.built),
                    version.documents,       version.chunks,    static_cast<std::int64_t>(version.bytes)};
  store::Values live{version.index, version.digest.text(), to_micros(now), std::string(actor)};
  audit::Entry entry = make_entry(goes_live ? "index.build_live" : "index.build", version.index, version.digest, actor, now);
  return writer_.run([audit = audit_, row = std::move(row), live = std::move(live), entry = std::move(entry),
                      goes_live](store::Session& session) -> Result<void> {
    auto put = session.execute(sql::put_index_version, row);
    if (!put) return pass(put);
    if (goes_live) {
      auto pointed = session.execute(sql::put_index_live, live);
      if (!pointed) return pass(pointed);
    }
    return append(audit, session, entry);
  });
}

Result<void> IndexStore::put_live(const std::string& index, const Digest& version, std::string_view actor,
                                  Timestamp now) {
  store::Values live{index, version.text(), to_micros(now), std::string(actor)};
  audit::Entry entry = make_entry("index.publish", index, version, actor, now);
  return writer_.run([audit = audit_, live = std::move(live),
                      entry = std::move(entry)](store::Session& session) -> Result<void> {
    auto pointed = session.execute(sql::put_index_live, live);
    if (!pointed) return pass(pointed);
    return append(audit, session, entry);
  });
}

}  // namespace millwright::retrieval
