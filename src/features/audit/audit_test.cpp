#include "features/audit/audit.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "features/audit/audit_sql.hpp"
#include "features/audit/checkpoint_log.hpp"
#include "features/audit/entry_store.hpp"
#include "features/audit/signed_note.hpp"
#include "tests/support/database.hpp"

namespace millwright::audit {
namespace {

class AuditTest : public testing::TestWithParam<store::Engine> {
 protected:
  AuditTest() {
    vault_ = std::move(store::Vault::open(std::string(32, 'k')).value());
    open();
  }
  ~AuditTest() override { audit_.reset(); }

  void open() {
    audit_.reset();
    auto opened = Audit::open(holder_.database(), holder_.writer(), *vault_, system_clock(),
                              {.data_directory = holder_.directory(), .checkpoint_every = 1'000'000});
    ASSERT_TRUE(opened) << describe(opened.error());
    audit_ = std::move(*opened);
  }
  void record(int count) {
    for (int i = 0; i < count; ++i) {
      auto done = audit_->record({.actor = "user/ada", .action = i % 2 == 0 ? "key.create" : "document.read",
                                  .object = fmt::format("thing/{}", i), .detail = {{"count", i}}});
      ASSERT_TRUE(done) << describe(done.error());
    }
  }
  /// What a forger with access to the database would do.
  void tamper(const std::string& sql) {
    auto session = holder_.database().connect();
    auto done = (*session)->execute({sql, sql, ""});
    ASSERT_TRUE(done) << describe(done.error());
    ASSERT_GT(*done, 0) << "nothing was tampered with";
  }
  Verification verify() {
    auto report = audit_->verify();
    EXPECT_TRUE(report) << describe(report.error());
    return report.value();
  }
  [[nodiscard]] std::filesystem::path log() const { return holder_.directory() / "audit-checkpoints.log"; }

  test::TestDatabase holder_{GetParam(), migrations()};
  std::unique_ptr<store::Vault> vault_;
  std::unique_ptr<Audit> audit_;
};
INSTANTIATE_TEST_SUITE_P(Engines, AuditTest, testing::ValuesIn(test::both_engines()),
                         [](const auto& info) { return test::engine_name(info); });

TEST_P(AuditTest, EveryStatementIsAccepted) { EXPECT_EQ(test::faults_of(holder_.database(), sql::all), ""); }

TEST_P(AuditTest, AnEmptyLogIsIntact) {
  EXPECT_TRUE(verify().is_intact) << verify().finding;
  EXPECT_EQ(verify().entries, 0);
}

TEST_P(AuditTest, EntriesComeBackInOrder) {
  const Timestamp time = parse_time("2026-11-23T13:00:06.123456Z").value();
  ASSERT_TRUE(audit_->record({.time = time, .actor = "cli", .action = "key.create", .object = "key/web",
                              .detail = {{"groups", json::array{"a", "b"}}, {"text", "Grüße \"x\"\n"}}}));
  record(3);
  auto page = audit_->list({}, "", 2);
  ASSERT_TRUE(page);
  ASSERT_EQ(page->records.size(), 2U);
  EXPECT_EQ(page->records[0].sequence, 4);
  ASSERT_FALSE(page->next.empty());
  auto rest = audit_->list({}, page->next, 2);
  ASSERT_TRUE(rest);
  ASSERT_EQ(rest->records.size(), 2U);
  EXPECT_TRUE(rest->next.empty());
  const Record& first = rest->records[1];
  EXPECT_EQ(first.sequence, 1);
  EXPECT_EQ(first.entry.time, time);
  EXPECT_EQ(first.entry.actor, "cli");
  EXPECT_EQ(first.entry.object, "key/web");
  EXPECT_EQ(first.entry.detail.at("text"), "Grüße \"x\"\n");
  EXPECT_TRUE(verify().is_intact) << verify().finding;
}

TEST_P(AuditTest, FiltersFindByBeginningAndTime) {
  record(10);
  const Timestamp now = system_clock().now();
  struct Case {
    Filter filter;
    std::size_t found;
  };
  for (const auto& [filter, found] : {Case{{.action = "key."}, 5}, Case{{.action = "document.read"}, 5},
                                      Case{{.action = "key", .object = "thing/0"}, 1}, Case{{.actor = "user"}, 0},
                                      Case{{.actor = "user/ada"}, 10}, Case{{.since = now + 1h}, 0},
                                      Case{{.since = now - 1h, .until = now + 1h}, 10}, Case{{.until = now - 1h}, 0}}) {
    auto page = audit_->list(filter, "", 100);
    ASSERT_TRUE(page) << describe(page.error());
    EXPECT_EQ(page->records.size(), found) << filter.actor << filter.action;
  }
  EXPECT_EQ(audit_->list({}, "nonsense", 10).error().code, ErrorCode::InvalidInput);
}

TEST_P(AuditTest, AnEntrySharesTheFateOfItsChange) {
  auto refused = holder_.writer().run([&](store::Session& session) -> Result<void> {
    auto done = audit_->append(session, {.actor = "cli", .action = "key.create", .object = "key/a"});
    if (!done) return done;
    return fail(ErrorCode::Conflict, "the change itself failed");
  });
  ASSERT_FALSE(refused);
  EXPECT_TRUE(audit_->list({}, "", 10)->records.empty());
  record(2);
  EXPECT_TRUE(verify().is_intact) << "no gap: " << verify().finding;
}

TEST_P(AuditTest, WhatCannotBeRecordedIsAnError) {
  EXPECT_EQ(audit_->record({.action = "x"}).error().code, ErrorCode::InvalidInput);
  EXPECT_EQ(audit_->record({.actor = "x"}).error().code, ErrorCode::InvalidInput);
  EXPECT_EQ(audit_->record({.actor = "x", .action = "y", .detail = {{"big", std::string(70'000, 'x')}}}).error().code,
            ErrorCode::TooLarge);
}

TEST_P(AuditTest, HostileTextIsKeptAndCannotForgeLines) {
  ASSERT_TRUE(audit_->record({.actor = std::string("a\0b", 3), .action = "x.y",
                              .object = "line\n{\"entry\":1}\xff", .detail = {{"nul", std::string("\0", 1)}}}));
  std::vector<std::string> lines;
  ASSERT_TRUE(audit_->export_lines([&](std::string_view line) -> Result<void> {
    lines.emplace_back(line);
    return {};
  }));
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(lines[0].find('\n'), std::string::npos);
  EXPECT_TRUE(parse_json(lines[0]));
  EXPECT_TRUE(verify().is_intact) << verify().finding;
}

TEST_P(AuditTest, EntriesOfManyThreadsLeaveNoGap) {
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) threads.emplace_back([this] { record(50); });
  }
  EXPECT_TRUE(verify().is_intact) << verify().finding;
  EXPECT_EQ(verify().entries, 200);
}

TEST_P(AuditTest, CheckpointsCoverAndAreKeptOutside) {
  record(5);
  auto first = audit_->checkpoint();
  ASSERT_TRUE(first) << describe(first.error());
  EXPECT_EQ(first->size, 5);
  EXPECT_EQ(audit_->checkpoint()->note, first->note) << "nothing new, nothing signed";
  record(3);
  EXPECT_EQ(audit_->checkpoint()->size, 8);
  EXPECT_EQ(read_log(log())->size(), 2U);
  const Verification report = verify();
  EXPECT_TRUE(report.is_intact) << report.finding;
  EXPECT_EQ(report.checkpoints, 2);
  EXPECT_EQ(report.covered, 8);
  EXPECT_TRUE(verify_note(first->note, audit_->public_key()));
}

TEST_P(AuditTest, TheEndWritesACheckpointAndTheKeyStays) {
  record(3);
  const std::string key = audit_->public_key();
  open();
  EXPECT_EQ(audit_->public_key(), key);
  EXPECT_EQ(verify().covered, 3);
}

TEST_P(AuditTest, ManyEntriesTriggerACheckpoint) {
  audit_.reset();
  auto opened = Audit::open(holder_.database(), holder_.writer(), *vault_, system_clock(),
                            {.data_directory = holder_.directory(), .checkpoint_every = 10});
  ASSERT_TRUE(opened);
  audit_ = std::move(*opened);
  record(25);
  while (verify().covered <= 15) std::this_thread::yield();   // fewer than ten may be left uncovered
  EXPECT_TRUE(verify().is_intact);
}

struct Tampering {
  const char* name;
  const char* sql;
  std::optional<std::int64_t> first_broken;
};

TEST_P(AuditTest, EveryTamperingIsNoticedAndPlaced) {
  const Tampering tamperings[] = {
      {"edit", "UPDATE audit_entry SET actor = 'user/eve' WHERE sequence = 7", 7},
      {"edit of detail", "UPDATE audit_entry SET detail = '{\"count\":999}' WHERE sequence = 3", 3},
      {"edit of time", "UPDATE audit_entry SET time = time + 1 WHERE sequence = 12", 12},
      {"edit of hash", "UPDATE audit_entry SET leaf = 'x' WHERE sequence = 2", 2},
      {"delete", "DELETE FROM audit_entry WHERE sequence = 5", 5},
      {"delete the first", "DELETE FROM audit_entry WHERE sequence = 1", 1},
      {"insert", "INSERT INTO audit_entry SELECT sequence + 100, time, actor, action, object, detail, leaf "
                 "FROM audit_entry WHERE sequence = 4", 13},
      {"truncate", "DELETE FROM audit_entry WHERE sequence > 10", 11},
  };
  for (const Tampering& tampering : tamperings) {
    test::TestDatabase holder(GetParam(), migrations());
    auto audit = Audit::open(holder.database(), holder.writer(), *vault_, system_clock(),
                             {.data_directory = holder.directory(), .checkpoint_every = 1'000'000});
    ASSERT_TRUE(audit);
    for (int i = 0; i < 12; ++i)
      ASSERT_TRUE((*audit)->record({.actor = "cli", .action = "a.b", .detail = {{"count", i}}}));
    auto session = holder.database().connect();
    ASSERT_GT((*session)->execute({tampering.sql, tampering.sql, ""}).value_or(0), 0) << tampering.name;
    auto report = (*audit)->verify();
    ASSERT_TRUE(report);
    EXPECT_FALSE(report->is_intact) << tampering.name;
    EXPECT_EQ(report->first_broken, tampering.first_broken) << tampering.name << ": " << report->finding;
    EXPECT_FALSE(report->finding.empty());
  }
}

TEST_P(AuditTest, SwappedEntriesAreNoticed) {
  record(6);
  tamper("UPDATE audit_entry SET sequence = 1000 WHERE sequence = 2");
  tamper("UPDATE audit_entry SET sequence = 2 WHERE sequence = 3");
  tamper("UPDATE audit_entry SET sequence = 3 WHERE sequence = 1000");
  EXPECT_FALSE(verify().is_intact);
  EXPECT_EQ(verify().first_broken, 2);
}

/// A forger who knows the format recomputes all hashes; only the signature stands in the way.
TEST_P(AuditTest, ARecomputedHistoryDoesNotFitItsCheckpoint) {
  record(4);
  ASSERT_TRUE(audit_->checkpoint());
  record(4);
  ASSERT_TRUE(audit_->checkpoint());
  auto session = holder_.database().connect();
  MerkleTree tree;
  std::vector<StoredEntry> entries;
  ASSERT_TRUE(visit_entries(**session, [&](const StoredEntry& entry) -> Result<void> {
    entries.push_back(entry);
    return {};
  }));
  for (StoredEntry& entry : entries) {
    if (entry.sequence == 6) entry.actor = "user/eve";
    const Digest leaf = leaf_hash(leaf_data(entry));
    tree.append(leaf);
    constexpr store::Statement forge{"forge", "UPDATE audit_entry SET actor = :actor, leaf = :leaf WHERE sequence = :s",
                                     ""};
    ASSERT_TRUE((*session)->execute(forge, {entry.actor, leaf.text(), entry.sequence}));
  }
  ASSERT_TRUE((*session)->execute(sql::store_tree, {tree.size(), tree.peaks()}));
  const Verification report = verify();
  EXPECT_FALSE(report.is_intact);
  EXPECT_EQ(report.covered, 4);
  EXPECT_EQ(report.first_broken, 5) << report.finding;
}

TEST_P(AuditTest, ATruncationBehindTheForgersBackIsNoticedByTheFileAlone) {
  record(4);
  ASSERT_TRUE(audit_->checkpoint());
  auto session = holder_.database().connect();
  MerkleTree tree;
  ASSERT_TRUE(visit_entries(**session, [&](const StoredEntry& entry) -> Result<void> {
    if (entry.sequence <= 2) tree.append(leaf_hash(leaf_data(entry)));
    return {};
  }));
  tamper("DELETE FROM audit_entry WHERE sequence > 2");
  tamper("DELETE FROM audit_checkpoint");
  ASSERT_TRUE((*session)->execute(sql::store_tree, {tree.size(), tree.peaks()}));
  EXPECT_FALSE(verify().is_intact);
  EXPECT_EQ(verify().first_broken, 3) << verify().finding;
}

TEST_P(AuditTest, ForgedCheckpointsAreNoticed) {
  record(4);
  ASSERT_TRUE(audit_->checkpoint());
  tamper("UPDATE audit_checkpoint SET note = replace(note, '4', '3')");
  EXPECT_FALSE(verify().is_intact);
}

TEST_P(AuditTest, ATornLineOfTheCheckpointFileIsPassedOver) {
  record(2);
  ASSERT_TRUE(audit_->checkpoint());
  std::ofstream(log(), std::ios::app) << "{\"size\":3,\"no";
  EXPECT_TRUE(verify().is_intact) << verify().finding;
  record(2);
  ASSERT_TRUE(audit_->checkpoint());
  EXPECT_FALSE(verify().is_intact) << "in the middle of the file it is damage";
}

TEST_P(AuditTest, ExportHoldsAllThatIsNeededToVerify) {
  record(3);
  ASSERT_TRUE(audit_->checkpoint());
  MerkleTree tree;
  std::string note, key;
  ASSERT_TRUE(audit_->export_lines([&](std::string_view line) -> Result<void> {
    const auto object = parse_json_object(line).value();
    if (const auto mark = line.find(R"(,"leaf":")"); mark != std::string_view::npos) {
      tree.append(leaf_hash(line.substr(9, mark - 9)));   // after {"entry":
    }
    if (object.contains("checkpoint")) note = object.at("checkpoint").as_string();
    if (object.contains("public_key")) key = object.at("public_key").as_string();
    return {};
  }));
  auto checkpoint = verify_note(note, key);
  ASSERT_TRUE(checkpoint) << describe(checkpoint.error());
  EXPECT_EQ(checkpoint->root, tree.root());
  EXPECT_EQ(checkpoint->size, 3);
}

io::Task<void> commit_entry(Audit& audit, Result<void>& result) {
  result = co_await audit.commit({.actor = "key/1", .action = "document.read", .object = "document/x"});
}

TEST_P(AuditTest, ACoroutineMayRecord) {
  boost::asio::io_context loop;
  Result<void> result = fail(ErrorCode::Internal, "not run");
  boost::asio::co_spawn(loop.get_executor(), commit_entry(*audit_, result), boost::asio::detached);
  loop.run();
  EXPECT_TRUE(result);
  EXPECT_EQ(audit_->list({}, "", 10)->records.size(), 1U);
}

TEST(SignedNoteTest, NotesOfOthersAreRefused) {
  test::TempDirectory a, b;
  const auto vault = std::move(store::Vault::open(std::string(32, 'k')).value());
  auto signer = NoteSigner::open(a.path(), *vault), other = NoteSigner::open(b.path(), *vault);
  ASSERT_TRUE(signer && other);
  const std::string note = signer->sign(5, sha256("root")).note;
  auto read = verify_note(note, signer->public_key());
  ASSERT_TRUE(read) << describe(read.error());
  EXPECT_EQ(read->size, 5);
  EXPECT_EQ(read->root, sha256("root"));
  EXPECT_FALSE(verify_note(note, other->public_key()));
  for (std::size_t i = 0; i + 1 < note.size(); ++i) {
    std::string altered = note;
    altered[i] = static_cast<char>(altered[i] ^ 1);
    EXPECT_FALSE(verify_note(altered, signer->public_key())) << "byte " << i;
  }
  EXPECT_FALSE(verify_note("", signer->public_key()));
  EXPECT_FALSE(verify_note(note, "nonsense"));
}

}  // namespace
}  // namespace millwright::audit
