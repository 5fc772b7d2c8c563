// The writer when its store fails: a server that goes, a disk that is full.
#include <sys/resource.h>

#include <atomic>
#include <csignal>
#include <thread>

#include "store/writer_fixture.hpp"

namespace millwright::store {
namespace {

TEST(PostgresWriterTest, ALostServerIsNoticedAndSurvived) {
  test::TestDatabase holder(Engine::Postgres, schema);
  auto writer = Writer::start(holder.database(), {.probe_interval = 1ms});
  ASSERT_TRUE(writer);
  ASSERT_TRUE((*writer)->run(insert_job(1)));
  holder.cut_connections();
  EXPECT_TRUE((*writer)->run(insert_job(2))) << "a connection that broke while idle is mended";
  auto mended = (*writer)->run([&holder, calls = 0](Session& session) mutable -> Result<void> {
    if (++calls == 1) holder.cut_connections();
    auto done = session.execute(insert, {std::int64_t{3}, "second try"});
    if (!done) return pass(done);
    return {};
  });
  EXPECT_TRUE(mended) << "lost before the commit was sent: the batch runs again: " << describe(mended.error());
  auto lost = (*writer)->run([&holder](Session& session) -> Result<void> {
    auto done = session.execute(insert, {std::int64_t{4}, "never"});
    if (!done) return pass(done);
    holder.cut_connections();
    return {};
  });
  ASSERT_FALSE(lost) << "lost during the commit: nobody may claim it happened";
  EXPECT_EQ(lost.error().code, ErrorCode::Unavailable);
  while ((*writer)->is_failing()) std::this_thread::yield();   // the probe finds the server back
  EXPECT_TRUE((*writer)->run(insert_job(5)));
}

TEST(PostgresWriterTest, AServerThatStaysAwayDoesNotHoldUpTheEnd) {
  Gate gate;   // outlives the writer
  test::TestDatabase holder(Engine::Postgres, schema);
  auto writer = Writer::start(holder.database(), {.batch_max = 1, .probe_interval = 1h});
  ASSERT_TRUE(writer);
  std::atomic<int> refused{0}, runs{0};
  Writer::Job lost = [&holder, gate_job = gate.job()](Session& session) mutable -> Result<void> {
    auto waited = gate_job(session);
    if (!waited) return waited;
    holder.cut_connections();   // between the work and its commit
    return {};
  };
  ASSERT_TRUE((*writer)->submit(std::move(lost), [&](Result<void> result) { refused += result ? 0 : 1; }));
  gate.wait_until_entered();
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE((*writer)->submit(
        [&runs](Session&) -> Result<void> {
          ++runs;
          return {};
        },
        [&](Result<void> result) { refused += result ? 0 : 1; }));
  }
  Writer* ending = writer->get();   // alive until its thread has left the gate
  std::jthread end([&writer] { writer->reset(); });
  for (;;) {
    auto taken = ending->submit([](Session&) -> Result<void> { return {}; }, nullptr);
    if (!taken && !taken.error().retry_after) break;   // the end has begun
    std::this_thread::yield();
  }
  gate.open();
  end.join();
  EXPECT_GE(refused, 6);
  EXPECT_EQ(runs, 0);
}

/// Files of this process may not grow beyond the limit while this lives: a full disk.
class FullDisk {
 public:
  explicit FullDisk(rlim_t bytes) {
    ::signal(SIGXFSZ, SIG_IGN);
    ::getrlimit(RLIMIT_FSIZE, &old_);
    const rlimit limit{bytes, old_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FullDisk() { ::setrlimit(RLIMIT_FSIZE, &old_); }

 private:
  rlimit old_{};
};

TEST(SqliteWriterTest, AFullDiskIsToldAndSurvived) {
  test::TestDatabase holder(Engine::Sqlite, schema);
  auto writer = Writer::start(holder.database(), {.probe_interval = 1ms});
  ASSERT_TRUE(writer);
  ASSERT_TRUE((*writer)->run(insert_job(1)));
  Writer::Job big = [](Session& session) -> Result<void> {
    auto done = session.execute(insert, {std::int64_t{2}, std::string(2u << 20, 'x')});
    if (!done) return pass(done);
    return {};
  };
  {
    const FullDisk full(64u << 10);
    auto refused = (*writer)->run(std::move(big));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::Unavailable) << refused.error().message;
  }
  while ((*writer)->is_failing()) std::this_thread::yield();
  EXPECT_TRUE((*writer)->run(insert_job(3)));
  EXPECT_EQ(holder.database().select(list)->size(), 2U);
}

}  // namespace
}  // namespace millwright::store
