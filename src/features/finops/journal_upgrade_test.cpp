#include "features/finops/journal_upgrade.hpp"

#include <cstring>
#include <fstream>
#include <iterator>

#include <gtest/gtest.h>

#include "features/finops/journal.hpp"
#include "tests/support/temp_directory.hpp"

namespace millwright::finops {
namespace {

/// A slot as layout 1 wrote it.
struct OldSlot {
  std::uint32_t state = 0, attempt = 0;
  std::array<std::uint8_t, 16> trace{};
  std::int64_t time = 0, worst_case = 0, cost = 0, saved = 0;
  std::array<std::int64_t, 5> counts{};
  std::uint32_t duration_us = 0, first_token_us = 0;
  std::uint16_t http_status = 0;
  std::uint8_t status = 0, flags = 0;
  std::uint8_t request_length = 0;
  std::array<char, 80> request{};
  std::array<std::uint16_t, 10> lengths{};
  std::array<char, 760> names{};
};
static_assert(offsetof(OldSlot, request_length) == 108 && offsetof(OldSlot, lengths) == 190);

OldSlot sample(SlotState state, Id trace) {
  OldSlot slot;
  slot.state = static_cast<std::uint32_t>(state);
  slot.attempt = 3;
  slot.trace = trace.bytes();
  slot.time = to_micros(*parse_time("2026-11-23T13:00:00.000001Z"));
  slot.worst_case = 777;
  slot.cost = 123;
  slot.counts = {10, 5, 4, 7, 2};
  slot.duration_us = 99;
  slot.first_token_us = 11;
  slot.http_status = 200;
  slot.flags = 1;
  slot.request_length = 5;
  std::memcpy(slot.request.data(), "req-1", 5);
  slot.lengths = {8, 2};
  std::memcpy(slot.names.data(), "helpdeskit", 10);
  return slot;
}

std::string journal_of(const std::vector<OldSlot>& slots, std::uint64_t said) {
  std::string bytes(4096, '\0');
  std::memcpy(bytes.data(), &journal_magic_1, 8);
  std::memcpy(bytes.data() + 8, &said, 8);
  for (const auto& slot : slots) {
    std::string raw(1024, '\0');
    std::memcpy(raw.data(), &slot, sizeof slot);
    bytes += raw;
  }
  return bytes;
}

TEST(JournalUpgrade, CarriesOverWhatACrashLeftInTheOldLayout) {
  const test::TempDirectory directory;
  const auto trace = Id::generate();
  directory.write("flights.journal", journal_of({sample(SlotState::Free, {}), sample(SlotState::Staged, trace)}, 2));
  auto journal = Journal::open(directory.path().string(), 4);
  ASSERT_TRUE(journal) << describe(journal.error());
  const auto found = (*journal)->recover();
  ASSERT_EQ(found.size(), 1u);
  const auto& [row, attempt, state, worst_case] = found[0].pending;
  EXPECT_EQ(row.facts.trace, trace);
  EXPECT_EQ(attempt, 3u);
  EXPECT_EQ(state, SlotState::Staged);
  EXPECT_EQ(worst_case.nano(), 777);
  EXPECT_EQ(row.cost.nano(), 123);
  EXPECT_EQ(row.tokens, (TokenCounts{10, 5, 4, 7, 2}));
  EXPECT_EQ(row.tier, ServiceTier::Standard);
  EXPECT_EQ(row.duration_us, 99u);
  EXPECT_EQ(row.first_token_us, 11u);
  EXPECT_EQ(row.http_status, 200);
  EXPECT_TRUE(row.is_estimated);
  EXPECT_EQ(row.provider_request, "req-1");
  EXPECT_EQ(row.facts.use_case, "helpdesk");
  EXPECT_EQ(row.facts.team, "it");
  EXPECT_EQ((*journal)->taken(), 1u);
  EXPECT_FALSE(std::filesystem::exists(directory.path() / "flights.journal.upgrade"));
}

TEST(JournalUpgrade, ACutJournalIsCorruptAndStays) {
  const test::TempDirectory directory;
  const auto bytes = journal_of({sample(SlotState::Sent, Id::generate())}, 2);
  directory.write("flights.journal", bytes);
  const auto journal = Journal::open(directory.path().string(), 4);
  ASSERT_FALSE(journal);
  EXPECT_EQ(journal.error().code, ErrorCode::Corrupt);
  std::ifstream file(directory.path() / "flights.journal", std::ios::binary);
  EXPECT_EQ(std::string((std::istreambuf_iterator<char>(file)), {}), bytes);
}

TEST(JournalUpgrade, KeepsTierAndEveryMeterInTheNewLayout) {
  const test::TempDirectory directory;
  PendingRow pending;
  pending.row.facts.trace = Id::generate();
  {
    auto journal = Journal::open(directory.path().string(), 4);
    ASSERT_TRUE(journal);
    const Usage usage{{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}, false, "r", ServiceTier::Priority};
    (*journal)->stage(*(*journal)->take(pending), usage, Money::from_nano(5));
  }
  const auto journal = Journal::open(directory.path().string(), 4);
  ASSERT_TRUE(journal);
  const auto found = (*journal)->recover();
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].pending.row.tokens, (TokenCounts{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}));
  EXPECT_EQ(found[0].pending.row.tier, ServiceTier::Priority);
}

}  // namespace
}  // namespace millwright::finops
