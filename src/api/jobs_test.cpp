#include "api/jobs.hpp"

#include <optional>

#include <gtest/gtest.h>

namespace millwright::api {
namespace {

TEST(JobBoard, ShowsWhatRuns) {
  JobBoard board(system_clock());
  EXPECT_TRUE(board.list().empty());
  JobBoard::Entry first(board, "sync", "handbook");
  std::optional<JobBoard::Entry> second(std::in_place, board, "index", "it-kb");
  first.report(3, 10);
  auto jobs = board.list();
  ASSERT_EQ(jobs.size(), 2u);
  EXPECT_EQ(jobs[0].object, "handbook");
  EXPECT_EQ(jobs[0].done, 3);
  EXPECT_EQ(jobs[0].total, 10);
  EXPECT_NE(jobs[0].id, jobs[1].id);
  second.reset();
  EXPECT_EQ(board.list().size(), 1u);
}

}  // namespace
}  // namespace millwright::api
