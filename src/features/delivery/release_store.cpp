#include "features/delivery/release_store.hpp"

#include "features/delivery/delivery_sql.hpp"

namespace millwright::delivery {
namespace {

constexpr std::array states{ReleaseState::Draft,  ReleaseState::Evaluated, ReleaseState::Blocked,
                            ReleaseState::Signed, ReleaseState::Canary,    ReleaseState::Live,
                            ReleaseState::Superseded, ReleaseState::RolledBack};

/// The artifacts of a release, by name, in its row.
struct PartField {
  std::string_view name;
  Digest Release::* digest;
};
constexpr std::array part_fields{PartField{"manifest", &Release::manifest}, PartField{"prompt", &Release::prompt},
                                 PartField{"route", &Release::route},       PartField{"dataset", &Release::dataset},
                                 PartField{"index", &Release::index},       PartField{"suite", &Release::suite},
                                 PartField{"policy", &Release::policy}};
struct TextField {
  std::string_view name;
  std::string Release::* text;
};
constexpr std::array text_fields{TextField{"prompt_name", &Release::prompt_name},
                                 TextField{"prompt_version", &Release::prompt_version},
                                 TextField{"route_name", &Release::route_name},
                                 TextField{"index_name", &Release::index_name}};

std::string render_parts(const Release& release) {
  json::object object;
  for (const auto& [name, digest] : part_fields) object[name] = (release.*digest).text();
  for (const auto& [name, text] : text_fields) object[name] = release.*text;
  return json::serialize(object);
}

Result<void> parse_parts(const std::string& text, Release& release) {
  auto object = parse_json_object(text);
  if (!object) return fail(ErrorCode::Corrupt, "release {} cannot be read: {}", release.id, object.error().message);
  for (const auto& [name, digest] : part_fields) {
    auto parsed = Digest::parse(string_member(*object, name));
    if (!parsed) return fail(ErrorCode::Corrupt, "release {} has no digest of its {}", release.id, name);
    release.*digest = *parsed;
  }
  for (const auto& [name, field] : text_fields) release.*field = string_member(*object, name);
  return {};
}

Result<Release> read(const store::Row& row) {
  Release release{.id = row.text(0), .use_case = row.text(1), .number = row.integer(2), .bundle = row.text(6),
                  .author = row.text(7), .signer = row.text(8), .note = row.text(9), .block_reason = row.text(10),
                  .canary_basis_points = static_cast<std::uint32_t>(row.integer(11)), .predecessor = row.text(12),
                  .created = row.time(13), .changed = row.time(14)};
  const auto state = std::ranges::find(states, row.text(3), state_name);
  if (state == states.end()) return fail(ErrorCode::Corrupt, "release {} is in no known state", release.id);
  release.state = *state;
  auto parts = parse_parts(row.text(4), release);
  if (!parts) return pass(parts);
  if (!row.text(5).empty()) {
    auto evaluation = Id::parse(row.text(5));
    if (!evaluation) return pass(evaluation);
    release.evaluation = *evaluation;
  }
  return release;
}

Result<std::vector<Release>> read_all(Result<store::Rows> rows) {
  if (!rows) return pass(rows);
  std::vector<Release> releases;
  for (const store::Row& row : *rows) {
    auto release = read(row);
    if (!release) return pass(release);
    releases.push_back(std::move(*release));
  }
  return releases;
}

std::string text_of(const Id& id) { return id.is_none() ? std::string() : id.text(); }

Result<void> append(audit::Audit* audit, store::Session& session, const audit::Entry& entry) {
  if (audit == nullptr) return {};
  return audit->append(session, entry);
}

}  // namespace

std::string_view state_name(ReleaseState state) {
  switch (state) {
    case ReleaseState::Draft: return "draft";
    case ReleaseState::Evaluated: return "evaluated";
    case ReleaseState::Blocked: return "blocked";
    case ReleaseState::Signed: return "signed";
    case ReleaseState::Canary: return "canary";
    case ReleaseState::Live: return "live";
    case ReleaseState::Superseded: return "superseded";
    case ReleaseState::RolledBack: return "rolled_back";
  }
  return "draft";
}

Result<std::int64_t> ReleaseStore::next_number(std::string_view use_case) const {
  auto rows = database_.select(sql::last_release_number, {std::string(use_case)});
  if (!rows) return pass(rows);
  return rows->at(0).integer(0) + 1;
}

Result<void> ReleaseStore::insert(const Release& release, audit::Entry entry) {
  store::Values row{release.id, release.use_case, release.number, std::string(state_name(release.state)),
                    render_parts(release), text_of(release.evaluation), release.bundle, release.author,
                    release.signer, release.note, release.block_reason,
                    static_cast<std::int64_t>(release.canary_basis_points), release.predecessor,
                    to_micros(release.created), to_micros(release.changed)};
  return writer_.run([audit = audit_, row = std::move(row), entry = std::move(entry)](store::Session& session) -> Result<void> {
    auto inserted = session.execute(sql::insert_release, row);
    if (!inserted) return pass(inserted);
    return append(audit, session, entry);
  });
}

Result<void> ReleaseStore::update(std::vector<Release> releases, audit::Entry entry) {
  return writer_.run([audit = audit_, releases = std::move(releases),
                      entry = std::move(entry)](store::Session& session) -> Result<void> {
    for (const Release& release : releases) {
      auto changed = session.execute(
          sql::update_release,
          {std::string(state_name(release.state)), text_of(release.evaluation), release.bundle, release.signer,
           release.block_reason, static_cast<std::int64_t>(release.canary_basis_points), release.predecessor,
           to_micros(release.changed), release.id});
      if (!changed) return pass(changed);
      if (*changed != 1) return fail(ErrorCode::NotFound, "there is no release {}", release.id);
    }
    return append(audit, session, entry);
  });
}

Result<Release> ReleaseStore::load(std::string_view id) const {
  auto rows = database_.select(sql::find_release, {std::string(id)});
  if (!rows) return pass(rows);
  if (rows->empty()) return fail(ErrorCode::NotFound, "there is no release \"{}\"", id);
  return read(rows->front());
}

Result<std::vector<Release>> ReleaseStore::list(std::string_view use_case) const {
  return read_all(database_.select(sql::list_releases, {std::string(use_case)}));
}

Result<std::vector<Release>> ReleaseStore::list_serving() const {
  return read_all(database_.select(sql::list_serving_releases));
}

}  // namespace millwright::delivery
