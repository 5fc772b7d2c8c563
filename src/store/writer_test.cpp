#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <future>
#include <random>
#include <set>
#include <thread>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "store/writer_fixture.hpp"

namespace millwright::store {
namespace {

class WriterTest : public testing::TestWithParam<Engine> {
 protected:
  test::TestDatabase holder_{GetParam(), schema};

  std::unique_ptr<Writer> start(WriterOptions options = {}) {
    auto started = Writer::start(holder_.database(), options);
    EXPECT_TRUE(started) << describe(started.error());
    return std::move(*started);
  }
  std::vector<std::int64_t> ids() {
    std::vector<std::int64_t> found;
    auto rows = holder_.database().select(list);
    EXPECT_TRUE(rows);
    for (const Row& row : *rows) found.push_back(row.integer(0));
    return found;
  }
};
INSTANTIATE_TEST_SUITE_P(Engines, WriterTest, testing::ValuesIn(test::both_engines()),
                         [](const auto& info) { return test::engine_name(info); });

TEST_P(WriterTest, RunReturnsAfterTheCommit) {
  auto writer = start();
  ASSERT_TRUE(writer->run(insert_job(1)));
  EXPECT_EQ(ids(), std::vector<std::int64_t>{1});
}

TEST_P(WriterTest, JobsThatPileUpShareACommit) {
  Gate gate;   // outlives the writer
  auto writer = start();
  ASSERT_TRUE(writer->submit(gate.job(), nullptr));
  gate.wait_until_entered();
  std::atomic<int> committed{0};
  for (std::int64_t id = 0; id < 500; ++id) {
    ASSERT_TRUE(writer->submit(insert_job(id), [&](Result<void> result) { committed += result ? 1 : 0; }));
  }
  gate.open();
  ASSERT_TRUE(writer->flush());
  EXPECT_EQ(committed, 500);
  EXPECT_EQ(ids().size(), 500U);
  EXPECT_LE(writer->counters().batches, 3U);
  EXPECT_EQ(writer->counters().committed, 502U);
}

TEST_P(WriterTest, AJobThatCanWaitGoesWithTheNextThatCannot) {
  auto writer = start({.linger = std::chrono::hours(1)});
  std::atomic<bool> is_committed = false;
  ASSERT_TRUE(writer->submit(insert_job(1), [&](Result<void> result) { is_committed = result.has_value(); },
                             Urgency::Later));
  EXPECT_EQ(writer->counters().queued, 1U);
  ASSERT_TRUE(writer->run(insert_job(2)));
  EXPECT_TRUE(is_committed);
  EXPECT_EQ(ids(), (std::vector<std::int64_t>{1, 2}));
  EXPECT_EQ(writer->counters().batches, 1U);
}

TEST_P(WriterTest, AJobThatCanWaitIsNotForgotten) {
  auto writer = start({.linger = std::chrono::milliseconds(1)});
  std::promise<Result<void>> promise;
  ASSERT_TRUE(writer->submit(insert_job(1), [&](Result<void> result) { promise.set_value(std::move(result)); },
                             Urgency::Later));
  ASSERT_TRUE(promise.get_future().get());
  EXPECT_EQ(ids(), std::vector<std::int64_t>{1});
}

TEST_P(WriterTest, AFailedJobTakesNoNeighbourWithIt) {
  Gate gate;   // outlives the writer
  auto writer = start();
  ASSERT_TRUE(writer->run(insert_job(50)));
  ASSERT_TRUE(writer->submit(gate.job(), nullptr));
  gate.wait_until_entered();
  std::map<std::int64_t, Result<void>> results;   // written on the writer's thread, read after flush
  for (std::int64_t id = 0; id < 100; ++id) {
    ASSERT_TRUE(
        writer->submit(insert_job(id), [&results, id](Result<void> result) { results[id] = std::move(result); }));
  }
  ASSERT_TRUE(writer->submit([](Session&) -> Result<void> { throw std::runtime_error("a bug"); },
                             [&](Result<void> result) { results[100] = std::move(result); }));
  ASSERT_TRUE(writer->submit(
      [](Session& session) -> Result<void> {
        auto done = session.execute(insert, {std::int64_t{200}, "half"});
        if (!done) return pass(done);
        return fail(ErrorCode::NotFound, "second thoughts");
      },
      [&](Result<void> result) { results[200] = std::move(result); }));
  ASSERT_TRUE(writer->submit(
      [](Session& session) -> Result<void> {
        (void)session.execute(insert, {std::int64_t{50}, "swallowed"});
        return {};
      },
      [&](Result<void> result) { results[300] = std::move(result); }));
  gate.open();
  ASSERT_TRUE(writer->flush());
  ASSERT_EQ(results.size(), 103U);
  for (const auto& [id, result] : results) {
    if (id < 100 && id != 50) EXPECT_TRUE(result) << id << ": " << describe(result.error());
    else EXPECT_FALSE(result) << id;
  }
  EXPECT_EQ(results[50].error().code, ErrorCode::Conflict);
  EXPECT_EQ(results[100].error().code, ErrorCode::Internal);
  EXPECT_EQ(results[200].error().code, ErrorCode::NotFound);
  EXPECT_EQ(results[300].error().code, ErrorCode::Conflict);
  EXPECT_EQ(ids().size(), 100U);
  EXPECT_FALSE(writer->is_failing());
}

TEST_P(WriterTest, AFullQueueRefuses) {
  Gate gate;   // outlives the writer
  auto writer = start({.queue_max = 10, .batch_max = 4});
  ASSERT_TRUE(writer->submit(gate.job(), nullptr));
  gate.wait_until_entered();
  for (std::int64_t id = 0; id < 10; ++id) ASSERT_TRUE(writer->submit(insert_job(id), nullptr));
  auto refused = writer->submit(insert_job(10), [](Result<void>) { ADD_FAILURE() << "a refused job was done"; });
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::Unavailable);
  EXPECT_TRUE(refused.error().retry_after);
  EXPECT_EQ(writer->counters().refused, 1U);
  EXPECT_EQ(writer->counters().queued, 10U);
  gate.open();
  ASSERT_TRUE(writer->flush());
  EXPECT_EQ(ids().size(), 10U);
}

TEST_P(WriterTest, TheEndCommitsWhatIsQueued) {
  Gate gate;   // outlives the writer
  auto writer = start();
  ASSERT_TRUE(writer->submit(gate.job(), nullptr));
  gate.wait_until_entered();
  for (std::int64_t id = 0; id < 100; ++id) ASSERT_TRUE(writer->submit(insert_job(id), nullptr));
  gate.open();
  writer.reset();
  EXPECT_EQ(ids().size(), 100U);
}

TEST_P(WriterTest, JobsOfManyThreadsAllArrive) {
  auto writer = start();
  std::atomic<int> committed{0};
  {
    std::vector<std::jthread> threads;
    for (std::int64_t thread = 0; thread < 4; ++thread) {
      threads.emplace_back([&, thread] {
        for (std::int64_t i = 0; i < 250; ++i) committed += writer->run(insert_job(thread * 1'000 + i)) ? 1 : 0;
      });
    }
  }
  EXPECT_EQ(committed, 1'000);
  EXPECT_EQ(ids().size(), 1'000U);
}

TEST_P(WriterTest, AThrowingContinuationDoesNotStopTheWriter) {
  auto writer = start();
  ASSERT_TRUE(writer->submit(insert_job(1), [](Result<void>) { throw std::runtime_error("a bug"); }));
  ASSERT_TRUE(writer->run(insert_job(2)));
  EXPECT_EQ(ids().size(), 2U);
}

io::Task<void> commit_twice(Writer& writer, std::thread::id loop, std::vector<Result<void>>& results) {
  for (int turn = 0; turn < 2; ++turn) {
    auto result = co_await writer.commit(insert_job(7));
    EXPECT_EQ(std::this_thread::get_id(), loop);
    results.push_back(std::move(result));
  }
}

TEST_P(WriterTest, ACoroutineResumesOnItsLoopAfterTheCommit) {
  auto writer = start();
  boost::asio::io_context loop;
  std::vector<Result<void>> results;
  boost::asio::co_spawn(loop.get_executor(), commit_twice(*writer, std::this_thread::get_id(), results),
                        boost::asio::detached);
  loop.run();
  ASSERT_EQ(results.size(), 2U);
  EXPECT_TRUE(results[0]);
  ASSERT_FALSE(results[1]);
  EXPECT_EQ(results[1].error().code, ErrorCode::Conflict);
  EXPECT_EQ(ids().size(), 1U);
}

io::Task<void> commit_once(Writer& writer, Result<void>& result) {
  result = co_await writer.commit(insert_job(1));
}

TEST_P(WriterTest, ACoroutineLearnsThatTheQueueIsFull) {
  Gate gate;   // outlives the writer
  auto writer = start({.queue_max = 1});
  ASSERT_TRUE(writer->submit(gate.job(), nullptr));
  gate.wait_until_entered();
  ASSERT_TRUE(writer->submit(insert_job(2), nullptr));
  boost::asio::io_context loop;
  Result<void> result;
  boost::asio::co_spawn(loop.get_executor(), commit_once(*writer, result), boost::asio::detached);
  loop.run();
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::Unavailable);
  gate.open();
}

/// In a child: commits one id after another and tells each only after its commit, until it is killed.
[[noreturn]] void commit_until_killed(const std::string& url, int told) {
  auto database = Database::open({.url = url});
  if (!database) ::_exit(3);
  auto writer = Writer::start(**database);
  if (!writer) ::_exit(4);
  for (std::int64_t id = 0;; ++id) {
    auto queued = (*writer)->submit(insert_job(id), [told, id](Result<void> result) {
      if (result && ::write(told, &id, sizeof id) != sizeof id) ::_exit(5);
    });
    if (!queued) std::this_thread::yield(), --id;
  }
}

TEST_P(WriterTest, EveryAcknowledgedJobSurvivesAKill) {
  std::mt19937 random(20261123);
  for (int round = 0; round < 8; ++round) {
    test::TestDatabase holder(GetParam(), schema);
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      ::close(ends[0]);
      commit_until_killed(holder.url(), ends[1]);
    }
    ::close(ends[1]);
    const std::size_t enough = 1 + random() % 2'000;
    std::set<std::int64_t> acknowledged;
    std::int64_t id = 0;
    while (acknowledged.size() < enough && ::read(ends[0], &id, sizeof id) == sizeof id) acknowledged.insert(id);
    ::kill(child, SIGKILL);
    while (::read(ends[0], &id, sizeof id) == sizeof id) acknowledged.insert(id);
    ::close(ends[0]);
    ASSERT_EQ(::waitpid(child, nullptr, 0), child);
    ASSERT_GE(acknowledged.size(), enough);
    auto rows = holder.database().select(list);
    ASSERT_TRUE(rows) << describe(rows.error());
    std::set<std::int64_t> found;
    for (const Row& row : *rows) found.insert(row.integer(0));
    for (std::int64_t wanted : acknowledged)
      ASSERT_TRUE(found.contains(wanted)) << "round " << round << " lost " << wanted;
  }
}

}  // namespace
}  // namespace millwright::store
