#include "features/retrieval/index_store.hpp"

#include "features/retrieval/retrieval_sql.hpp"

namespace millwright::retrieval {

Result<Catalog> IndexStore::load() const {
  Catalog catalog;
  auto versions = database_.select(sql::list_index_versions);
  if (!versions) return pass(versions);
  for (const store::Row& row : *versions) {
    auto digest = Digest::parse(row.text(0));
    if (!digest) return pass(digest);
    auto dataset = Digest::parse(row.text(2));
    if (!dataset) return pass(dataset);
    catalog.versions[*digest] = {.version = {.index = row.text(1),
                                             .digest = *digest,
                                             .dataset_version = *dataset,
                                             .built = row.time(4),
                                             .documents = row.integer(5),
                                             .chunks = row.integer(6),
                                             .bytes = static_cast<std::uint64_t>(row.integer(7))},
                                 .words = row.integer(3)};
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
  store::Values row{version.digest.text(), version.index, version.dataset_version.text(), stored.words,
                    to_micros(version.built), version.documents, version.chunks,
                    static_cast<std::int64_t>(version.bytes)};
  store::Values live{version.index, version.digest.text(), to_micros(now), std::string(actor)};
  return writer_.run([row = std::move(row), live = std::move(live), goes_live](store::Session& session) -> Result<void> {
    auto put = session.execute(sql::put_index_version, row);
    if (!put) return pass(put);
    if (!goes_live) return {};
    auto pointed = session.execute(sql::put_index_live, live);
    if (!pointed) return pass(pointed);
    return {};
  });
}

Result<void> IndexStore::put_live(const std::string& index, const Digest& version, std::string_view actor,
                                  Timestamp now) {
  store::Values live{index, version.text(), to_micros(now), std::string(actor)};
  return writer_.run([live = std::move(live)](store::Session& session) -> Result<void> {
    auto pointed = session.execute(sql::put_index_live, live);
    if (!pointed) return pass(pointed);
    return {};
  });
}

}  // namespace millwright::retrieval
