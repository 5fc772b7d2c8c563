#include "base/id.hpp"

#include <algorithm>
#include <thread>
#include <unordered_set>
#include <vector>

#include <sys/wait.h>
#include <unistd.h>

#include <gtest/gtest.h>

namespace millwright {
namespace {

TEST(Id, CarriesVersionAndVariantOfRfc9562) {
  for (int i = 0; i < 1000; ++i) {
    const auto id = Id::generate();
    EXPECT_EQ(id.bytes()[6] >> 4, 7);
    EXPECT_EQ(id.bytes()[8] >> 6, 2);
    EXPECT_FALSE(id.is_none());
  }
}

TEST(Id, SortsByCreationWithinAThread) {
  auto last = Id::generate();
  for (int i = 0; i < 100'000; ++i) {
    const auto id = Id::generate();
    ASSERT_LT(last, id);
    ASSERT_LT(last.text(), id.text());
    last = id;
  }
}

TEST(Id, SortsByTimeAndGivesItBack) {
  const auto start = parse_time("2026-11-23T13:00:06.123000Z").value();
  Id last;
  for (int i = 0; i < 5'000; ++i) {
    const auto time = start + std::chrono::microseconds(7 * i);
    const auto id = Id::generate_at(time);
    ASSERT_LT(last, id);
    ASSERT_EQ(id.time(), std::chrono::floor<std::chrono::milliseconds>(time));
    last = id;
  }
}

TEST(Id, IsUniqueAcrossThreads) {
  constexpr std::size_t count = 50'000;
  std::vector<std::vector<Id>> made(4);
  std::vector<std::jthread> threads;
  for (auto& ids : made) {
    threads.emplace_back([&ids] {
      for (std::size_t i = 0; i < count; ++i) ids.push_back(Id::generate());
    });
  }
  threads.clear();
  std::unordered_set<Id> all;
  for (const auto& ids : made) all.insert(ids.begin(), ids.end());
  EXPECT_EQ(all.size(), 4 * count);
}

TEST(Id, ForkedChildDoesNotRepeatItsParent) {
  static_cast<void>(Id::generate());   // fills the pool
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  const auto child = ::fork();
  if (child == 0) {
    const auto id = Id::generate();
    const auto written = ::write(ends[1], id.bytes().data(), 16);
    ::_exit(written == 16 ? 0 : 1);
  }
  const auto mine = Id::generate();
  std::array<std::uint8_t, 16> theirs{};
  ASSERT_EQ(::read(ends[0], theirs.data(), 16), 16);
  ::waitpid(child, nullptr, 0);
  ::close(ends[0]);
  ::close(ends[1]);
  EXPECT_FALSE(std::equal(mine.bytes().begin() + 9, mine.bytes().end(), theirs.begin() + 9));
}

TEST(Id, ParsesBothTextForms) {
  const auto id = Id::parse("0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b");
  ASSERT_TRUE(id.has_value());
  EXPECT_EQ(id->text(), "0190a1b2c3d47e5f8a9b0c1d2e3f4a5b");
  EXPECT_EQ(Id::parse(id->text()).value(), *id);
  EXPECT_EQ(Id::parse("0190A1B2C3D47E5F8A9B0C1D2E3F4A5B").value(), *id);
}

TEST(Id, RefusesWhatIsNone) {
  for (const std::string_view text :
       {"", "0190a1b2c3d47e5f8a9b0c1d2e3f4a5", "0190a1b2c3d47e5f8a9b0c1d2e3f4a5b0", "0190a1b2c3d47e5f8a9b0c1d2e3f4a5g",
        "0190a1b2-c3d47-e5f-8a9b-0c1d2e3f4a5b", "-190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b"}) {
    EXPECT_FALSE(Id::parse(text).has_value()) << text;
  }
}

}  // namespace
}  // namespace millwright
