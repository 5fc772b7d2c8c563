#include "store/migrations.hpp"

#include <map>

#include "store/store_sql.hpp"

namespace millwright::store {
namespace {

using Recorded = std::map<std::string, std::string, std::less<>>;   // name to checksum

std::string_view feature_of(std::string_view name) { return name.substr(0, name.find('/')); }

std::string_view text_of(const Migration& migration, Engine engine) {
  return engine == Engine::Postgres && !migration.postgres_text.empty() ? migration.postgres_text : migration.text;
}

Result<Recorded> recorded_migrations(Session& session) {
  auto rows = session.query(sql::list_migrations);
  if (!rows) return pass(rows);
  Recorded recorded;
  for (const Row& row : *rows) recorded.emplace(row.text(0), row.text(1));
  return recorded;
}

/// Features keep the order in which they were given (their ranks); the steps of one follow their names.
std::vector<Migration> in_order(std::span<const Migration> migrations) {
  std::vector<std::string_view> features;
  for (const Migration& migration : migrations) {
    const std::string_view feature = feature_of(migration.name);
    if (std::ranges::find(features, feature) == features.end()) features.push_back(feature);
  }
  std::vector<Migration> ordered(migrations.begin(), migrations.end());
  std::ranges::sort(ordered, [&](const Migration& a, const Migration& b) {
    const auto rank_a = std::ranges::find(features, feature_of(a.name));
    const auto rank_b = std::ranges::find(features, feature_of(b.name));
    return rank_a != rank_b ? rank_a < rank_b : a.name < b.name;
  });
  return ordered;
}

Result<void> check_known(const Recorded& recorded, const std::vector<Migration>& migrations) {
  for (const auto& [name, checksum] : recorded) {
    const bool is_known = std::ranges::any_of(migrations, [&](const Migration& m) { return m.name == name; });
    const bool is_ours = std::ranges::any_of(
        migrations, [&](const Migration& m) { return feature_of(m.name) == feature_of(name); });
    if (is_known || !is_ours) continue;
    auto refused = fail(ErrorCode::Corrupt, "the database holds migration {}, which this version does not know", name);
    refused.error().fix = "Start the version that wrote it, or a newer one.";
    return refused;
  }
  return {};
}

Result<void> check_same(const Migration& migration, const std::string& checksum, const std::string& recorded) {
  if (checksum == recorded) return {};
  return fail(ErrorCode::Corrupt, "migration {} was applied with another text (checksum {:.12}, now {:.12})",
              migration.name, recorded, checksum);
}

/// One step in its own transaction; looks again inside it, because another process may have been faster.
Result<void> apply(TransactionalSession& session, const Migration& migration) {
  const std::string_view text = text_of(migration, session.engine());
  const std::string checksum = sha256(text).text();
  return session.transaction([&]() -> Result<void> {
    auto locked = session.query(sql::lock_migrations);
    if (!locked) return pass(locked);
    auto recorded = recorded_migrations(session);
    if (!recorded) return pass(recorded);
    if (const auto found = recorded->find(migration.name); found != recorded->end()) {
      return check_same(migration, checksum, found->second);
    }
    auto done = session.run_script(text);
    if (!done) {
      done.error().message = fmt::format("migration {}: {}", migration.name, done.error().message);
      return done;
    }
    auto noted = session.execute(sql::insert_migration, {std::string(migration.name), checksum,
                                                         to_micros(system_clock().now())});
    if (!noted) return pass(noted);
    return {};
  });
}

}  // namespace

Result<std::vector<std::string>> pending_migrations(Session& session, std::span<const Migration> migrations) {
  auto tables = session.query(sql::find_migration_table);
  if (!tables) return pass(tables);
  Recorded recorded;
  if (!tables->empty()) {
    auto found = recorded_migrations(session);
    if (!found) return pass(found);
    recorded = std::move(*found);
  }
  const std::vector<Migration> ordered = in_order(migrations);
  auto known = check_known(recorded, ordered);
  if (!known) return pass(known);
  std::vector<std::string> pending;
  for (const Migration& migration : ordered) {
    const auto found = recorded.find(migration.name);
    if (found == recorded.end()) {
      pending.emplace_back(migration.name);
      continue;
    }
    auto same = check_same(migration, sha256(text_of(migration, session.engine())).text(), found->second);
    if (!same) return pass(same);
  }
  return pending;
}

Result<void> apply_migrations(TransactionalSession& session, std::span<const Migration> migrations) {
  for (const Migration& own : sql::migrations) {
    auto made = session.transaction([&]() -> Result<void> {
      auto locked = session.query(sql::lock_migrations);
      if (!locked) return pass(locked);
      return session.run_script(own.text);
    });
    if (!made) return made;
  }
  const std::vector<Migration> ordered = in_order(migrations);
  auto recorded = recorded_migrations(session);
  if (!recorded) return pass(recorded);
  auto known = check_known(*recorded, ordered);
  if (!known) return known;
  for (const Migration& migration : ordered) {
    const auto found = recorded->find(migration.name);
    if (found == recorded->end()) {
      auto applied = apply(session, migration);
      if (!applied) return applied;
      continue;
    }
    auto same = check_same(migration, sha256(text_of(migration, session.engine())).text(), found->second);
    if (!same) return same;
  }
  return {};
}

}  // namespace millwright::store
