#include "features/curation/dataset_store.hpp"

#include "features/curation/curation_sql.hpp"

namespace millwright::curation {

namespace {

constexpr std::array<std::string_view, 3> states{"pending", "approved", "rejected"};

DatasetState state_of(std::string_view name) {
  // A state that cannot be read serves nothing.
  const auto found = std::ranges::find(states, name);
  return found == states.end() ? DatasetState::Rejected : static_cast<DatasetState>(found - states.begin());
}

StoredVersion read_version(const store::Row& row) {
  StoredVersion stored;
  DatasetVersion& v = stored.version;
  v.dataset = row.text(0);
  v.version = row.integer(1);
  v.digest = Digest::parse(row.text(2)).value_or(Digest());
  v.state = state_of(row.text(3));
  v.decided_by = row.text(4);
  v.created = row.time(5);
  v.decided = row.time(6);
  v.documents = row.integer(7);
  v.added = row.integer(8);
  v.changed = row.integer(9);
  v.removed = row.integer(10);
  v.change_log = row.text(11);
  stored.request = row.text(12);
  stored.created_by = row.text(13);
  return stored;
}

}  // namespace

std::string_view state_name(DatasetState state) { return states[static_cast<std::size_t>(state)]; }

Result<void> insert_version(store::Session& session, const StoredVersion& stored) {
  const DatasetVersion& v = stored.version;
  auto inserted = session.execute(sql::insert_dataset_version,
                                  {v.dataset, v.version, v.digest.text(), std::string(state_name(v.state)), v.decided_by,
                                   std::string(), to_micros(v.created), stored.created_by, to_micros(v.decided),
                                   v.documents, v.added, v.changed, v.removed, v.change_log, stored.request});
  if (!inserted) return pass(inserted);
  return {};
}

Result<void> set_request(store::Session& session, const DatasetVersion& version, const std::string& request) {
  auto set = session.execute(sql::set_dataset_request, {request, version.dataset, version.version});
  if (!set) return pass(set);
  return {};
}

Result<void> decide_version(store::Session& session, const Decision& decision) {
  auto changed = session.execute(sql::decide_dataset_version,
                                 {std::string(state_name(decision.state)), decision.by, decision.reason,
                                  to_micros(decision.at), decision.dataset, decision.version});
  if (!changed) return pass(changed);
  if (*changed == 0) return fail(ErrorCode::NotFound, "no version {} of dataset {}", decision.version, decision.dataset);
  return {};
}

Result<std::vector<StoredVersion>> list_versions(store::Database& database, std::string_view dataset) {
  auto rows = database.select(sql::dataset_versions, {std::string(dataset)});
  if (!rows) return pass(rows);
  std::vector<StoredVersion> out;
  for (const store::Row& row : *rows) out.push_back(read_version(row));
  return out;
}

Result<StoredVersion> load_version(store::Database& database, std::string_view dataset, std::int64_t version) {
  auto rows = database.select(sql::dataset_version, {std::string(dataset), version});
  if (!rows) return pass(rows);
  if (rows->empty()) return fail(ErrorCode::NotFound, "no version {} of dataset {}", version, dataset);
  return read_version(rows->front());
}

}  // namespace millwright::curation
