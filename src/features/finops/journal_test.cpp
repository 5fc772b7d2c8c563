#include "features/finops/journal.hpp"

#include <fstream>

#include <gtest/gtest.h>

#include "tests/support/temp_directory.hpp"

namespace millwright::finops {
namespace {

PendingRow sample(std::string use_case) {
  PendingRow pending;
  pending.row.facts.trace = Id::generate();
  pending.row.facts.time = *parse_time("2026-11-23T13:00:00.000001Z");
  pending.row.facts.use_case = std::move(use_case);
  pending.row.facts.team = "it";
  pending.row.facts.user = "ana";
  pending.row.facts.price_version = "p-1";
  pending.worst_case = Money::from_nano(777);
  pending.attempt = 2;
  return pending;
}

TEST(Journal, RecoversEveryStateWithItsFacts) {
  const test::TempDirectory directory;
  const auto open_row = sample("open"), sent_row = sample("sent"), staged_row = sample("staged"), gone_row = sample("gone");
  {
    auto journal = Journal::open(directory.path().string(), 16);
    ASSERT_TRUE(journal) << describe(journal.error());
    ASSERT_TRUE((*journal)->take(open_row));
    (*journal)->set_state(*(*journal)->take(sent_row), SlotState::Sent);
    (*journal)->stage(*(*journal)->take(staged_row), {{10, 5, 0, 7, 0}, false, "req-1"}, Money::from_nano(123));
    (*journal)->release(*(*journal)->take(gone_row));
  }
  auto journal = Journal::open(directory.path().string(), 16);
  ASSERT_TRUE(journal);
  const auto found = (*journal)->recover();
  ASSERT_EQ(found.size(), 3u);
  EXPECT_EQ((*journal)->taken(), 3u);
  for (const auto& [slot, pending] : found) {
    const auto& facts = pending.row.facts;
    EXPECT_EQ(facts.team, "it");
    EXPECT_EQ(facts.user, "ana");
    EXPECT_EQ(facts.price_version, "p-1");
    EXPECT_EQ(pending.attempt, 2u);
    EXPECT_EQ(pending.worst_case.nano(), 777);
    if (facts.use_case == "open") { EXPECT_EQ(pending.state, SlotState::Open); }
    if (facts.use_case == "sent") { EXPECT_EQ(pending.state, SlotState::Sent); }
    if (facts.use_case != "staged") continue;
    EXPECT_EQ(pending.state, SlotState::Staged);
    EXPECT_EQ(facts.trace, staged_row.row.facts.trace);
    EXPECT_EQ(pending.row.tokens, (TokenCounts{10, 5, 0, 7, 0}));
    EXPECT_EQ(pending.row.cost.nano(), 123);
    EXPECT_EQ(pending.row.provider_request, "req-1");
  }
}

TEST(Journal, RefusesMoreThanItHasRoomFor) {
  const test::TempDirectory directory;
  auto journal = Journal::open(directory.path().string(), 2);
  ASSERT_TRUE(journal);
  const auto first = (*journal)->take(sample("a"));
  ASSERT_TRUE(first);
  ASSERT_TRUE((*journal)->take(sample("b")));
  EXPECT_FALSE((*journal)->take(sample("c")));
  (*journal)->release(*first);
  EXPECT_TRUE((*journal)->take(sample("c")));
}

TEST(Journal, CutsOverlongNamesInsteadOfSpilling) {
  const test::TempDirectory directory;
  auto journal = Journal::open(directory.path().string(), 2);
  ASSERT_TRUE(journal);
  auto row = sample(std::string(2000, 'x'));
  ASSERT_TRUE((*journal)->take(row));
  const auto found = (*journal)->recover();
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].pending.row.facts.trace, row.row.facts.trace);
  EXPECT_LT(found[0].pending.row.facts.use_case.size(), 1024u);
}

TEST(Journal, ForeignFileIsCorruptNotOverwritten) {
  const test::TempDirectory directory;
  directory.write("flights.journal", "something else entirely");
  auto journal = Journal::open(directory.path().string(), 4);
  ASSERT_FALSE(journal);
  EXPECT_EQ(journal.error().code, ErrorCode::Corrupt);
  std::ifstream file(directory.path() / "flights.journal");
  std::string text;
  std::getline(file, text);
  EXPECT_EQ(text, "something else entirely");
}

TEST(Journal, GrowsButNeverShrinks) {
  const test::TempDirectory directory;
  {
    auto journal = Journal::open(directory.path().string(), 64);
    ASSERT_TRUE(journal);
    for (int i = 0; i < 40; ++i) ASSERT_TRUE((*journal)->take(sample("a")));
  }
  auto journal = Journal::open(directory.path().string(), 8);
  ASSERT_TRUE(journal);
  EXPECT_EQ((*journal)->recover().size(), 40u);
}

}  // namespace
}  // namespace millwright::finops
