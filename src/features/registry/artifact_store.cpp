#include "features/registry/artifact_store.hpp"

#include <charconv>
#include <limits>

#include "base/canonical_json.hpp"
#include "base/text.hpp"
#include "features/registry/registry_sql.hpp"

namespace millwright::registry {
namespace {

/// Before every real row: the cursor of the first page.
constexpr std::int64_t end_of_time = std::numeric_limits<std::int64_t>::max();

Result<Artifact> artifact_of(const store::Row& row) {
  auto digest = Digest::parse(row.text(0));
  auto content = Digest::parse(row.text(1));
  const auto kind = find_kind(row.text(2));
  auto metadata = parse_json_object(row.text(6));
  if (!digest || !content || !kind || !metadata) {
    return fail(ErrorCode::Corrupt, "artifact {} is unreadable", row.text(0));
  }
  Artifact artifact;
  artifact.digest = *digest;
  artifact.content_digest = *content;
  artifact.kind = *kind;
  artifact.name = row.text(3);
  artifact.version = row.integer(4);
  artifact.size_bytes = row.integer(5);
  artifact.metadata = std::move(*metadata);
  artifact.created_by = row.text(7);
  artifact.created_at = row.time(8);
  return artifact;
}

Result<std::optional<Artifact>> with_parents(store::Session& session, const Result<store::Rows>& rows) {
  if (!rows) return std::unexpected(rows.error());
  if (rows->empty()) return std::optional<Artifact>();
  auto artifact = artifact_of(rows->front());
  if (!artifact) return pass(artifact);
  auto parents = session.query(sql::load_parents, {artifact->digest.text()});
  if (!parents) return pass(parents);
  for (const store::Row& row : *parents) {
    auto parent = Digest::parse(row.text(0));
    if (!parent) return pass(parent);
    artifact->parents.push_back(*parent);
  }
  return std::optional(std::move(*artifact));
}

struct Position {
  std::int64_t time = end_of_time;
  std::string digest;
};

/// "micros-digest" of the last row seen.
Result<Position> parse_cursor(std::string_view cursor) {
  Position position;
  if (cursor.empty()) return position;
  const auto mark = cursor.find('-');
  const auto read = std::from_chars(cursor.data(), cursor.data() + cursor.size(), position.time);
  if (mark == std::string_view::npos || read.ec != std::errc() || read.ptr != cursor.data() + mark ||
      !Digest::parse(cursor.substr(mark + 1))) {
    return fail(ErrorCode::InvalidInput, "\"{}\" is not a cursor of the registry", cursor);
  }
  position.digest = cursor.substr(mark + 1);
  return position;
}

}  // namespace

Result<void> insert_artifact(store::Session& session, const Artifact& artifact) {
  const std::string digest = artifact.digest.text();
  auto inserted = session.execute(
      sql::insert_artifact, {digest, artifact.content_digest.text(), std::string(kind_name(artifact.kind)),
                             artifact.name, artifact.size_bytes, render_canonical_json(artifact.metadata),
                             artifact.created_by, to_micros(artifact.created_at)});
  if (!inserted) return pass(inserted);
  std::vector<store::Values> rows;
  rows.reserve(artifact.parents.size());
  for (const Digest& parent : artifact.parents) rows.push_back({digest, parent.text()});
  return session.execute_many(sql::insert_parent, rows);
}

Result<std::optional<Artifact>> find_artifact(store::Session& session, const Digest& digest) {
  return with_parents(session, session.query(sql::load_artifact, {digest.text()}));
}

Result<std::optional<Artifact>> find_version(store::Session& session, Kind kind, std::string_view name,
                                             std::optional<std::int64_t> version) {
  const std::string kind_text(kind_name(kind)), name_text(name);
  if (version) return with_parents(session, session.query(sql::find_version, {kind_text, name_text, *version}));
  return with_parents(session, session.query(sql::find_newest, {kind_text, name_text}));
}

Result<std::vector<Artifact>> find_by_prefix(store::Session& session, std::string_view hex) {
  constexpr std::size_t digits = 64;
  std::string first(hex), last(hex);
  first.resize(digits, '0');
  last.resize(digits, 'f');
  auto rows = session.query(sql::find_by_range, {first, last});
  if (!rows) return pass(rows);
  std::vector<Artifact> found;
  for (const store::Row& row : *rows) {
    auto artifact = artifact_of(row);
    if (!artifact) return pass(artifact);
    found.push_back(std::move(*artifact));
  }
  return found;
}

Result<Page> list_artifacts(store::Database& database, const Filter& filter, std::string_view cursor,
                            std::size_t limit) {
  auto position = parse_cursor(cursor);
  if (!position) return pass(position);
  limit = std::clamp<std::size_t>(limit, 1, 1'000);
  const std::string kind(filter.kind ? kind_name(*filter.kind) : "");
  auto rows = database.select(sql::list_artifacts, {position->time, position->digest, kind, filter.name,
                                                    static_cast<std::int64_t>(limit) + 1});
  if (!rows) return pass(rows);
  Page page;
  for (const store::Row& row : *rows) {
    if (page.artifacts.size() == limit) {
      const Artifact& last = page.artifacts.back();
      page.next = fmt::format("{}-{}", to_micros(last.created_at), last.digest.text());
      break;
    }
    auto artifact = artifact_of(row);
    if (!artifact) return pass(artifact);
    page.artifacts.push_back(std::move(*artifact));
  }
  return page;
}

Result<std::vector<LineageStep>> walk_lineage(store::Database& database, const Digest& digest, Direction direction,
                                              std::size_t limit) {
  limit = std::clamp<std::size_t>(limit, 1, 1'000'000);
  auto rows = database.select(direction == Direction::Ancestors ? sql::ancestors : sql::descendants,
                              {digest.text(), static_cast<std::int64_t>(limit)});
  if (!rows) return pass(rows);
  std::vector<LineageStep> steps;
  steps.reserve(rows->size());
  for (const store::Row& row : *rows) {
    auto artifact = artifact_of(row);
    if (!artifact) return pass(artifact);
    steps.push_back({.artifact = std::move(*artifact), .depth = row.integer(9)});
  }
  return steps;
}

}  // namespace millwright::registry
