#include "api/openai/response_log.hpp"

#include <gtest/gtest.h>

namespace millwright::api::openai {
namespace {

const Timestamp now = from_micros(1'763'900'000'000'000);

TEST(ResponseLog, IsReadFromAnyEventOn) {
  ResponseLog log;
  for (const char* event : {"a", "b", "c"}) log.append(event);
  const auto all = log.read(0);
  EXPECT_EQ(all.events, "abc");
  EXPECT_EQ(all.next, 3U);
  EXPECT_FALSE(all.is_closed);
  EXPECT_EQ(log.read(2).events, "c");
  EXPECT_EQ(log.read(7).events, "");
  log.close();
  EXPECT_TRUE(log.read(3).is_closed);
  EXPECT_TRUE(log.read(7).is_closed);
  log.append("d");
  EXPECT_EQ(log.read(0).events, "abc");
}

TEST(ResponseLog, GivesMuchInPieces) {
  ResponseLog log;
  for (int i = 0; i < 10; ++i) log.append(std::string(40u << 10, 'x'));
  log.close();
  std::size_t next = 0, bytes = 0, pieces = 0;
  for (bool is_closed = false; !is_closed; ++pieces) {
    const auto piece = log.read(next);
    next = piece.next;
    bytes += piece.events.size();
    is_closed = piece.is_closed;
  }
  EXPECT_EQ(bytes, 400u << 10);
  EXPECT_EQ(pieces, 5U);
}

TEST(ResponseLog, WakesWhoWatchesItAndNobodyElse) {
  ResponseLog log;
  int woken = 0;
  const auto watcher = log.watch([&woken] { ++woken; });
  log.append("a");
  log.close();
  EXPECT_EQ(woken, 2);
  log.unwatch(watcher);
  log.close();
  EXPECT_EQ(woken, 2);
}

TEST(ResponseLog, IsClosedWhenItGrowsTooLarge) {
  ResponseLog log;
  for (int i = 0; i < 33; ++i) log.append(std::string(1u << 20, 'x'));
  EXPECT_TRUE(log.read(32).is_closed);
  EXPECT_EQ(log.read(31).events.size(), 1u << 20);
}

TEST(ResponseLogs, KeepWhatHasEndedForAWhile) {
  ResponseLogs logs;
  logs.open("running");
  logs.open("ended")->append("x");
  logs.end("ended", now);
  ASSERT_NE(logs.find("ended", now + ResponseLogs::kept_for), nullptr);
  EXPECT_TRUE(logs.find("ended", now)->read(1).is_closed);
  EXPECT_EQ(logs.find("ended", now + ResponseLogs::kept_for + Duration(1)), nullptr);
  EXPECT_NE(logs.find("running", now + ResponseLogs::kept_for * 9), nullptr);
  logs.end("of another process", now);
}

TEST(ResponseLogs, TheOldestMakeRoom) {
  ResponseLogs logs;
  for (int i = 0; i < 6; ++i) {
    const auto id = fmt::format("r{}", i);
    logs.open(id)->append(std::string(30u << 20, 'x'));
    logs.end(id, now);
  }
  EXPECT_EQ(logs.find("r1", now), nullptr);
  EXPECT_NE(logs.find("r2", now), nullptr);
  EXPECT_NE(logs.find("r5", now), nullptr);
}

}  // namespace
}  // namespace millwright::api::openai
