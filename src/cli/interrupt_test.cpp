#include "cli/interrupt.hpp"

#include <condition_variable>
#include <mutex>

#include <gtest/gtest.h>

namespace millwright::cli {
namespace {

TEST(Interrupt, ASignalRequestsAStop) {
  const Interrupt interrupt;
  EXPECT_FALSE(interrupt.token().stop_requested());
  std::mutex mutex;
  std::condition_variable_any stopped;
  kill(getpid(), SIGINT);
  std::unique_lock lock(mutex);
  EXPECT_FALSE(stopped.wait(lock, interrupt.token(), []() { return false; }));
  EXPECT_TRUE(interrupt.token().stop_requested());
}

TEST(Interrupt, GivesSignalsBack) {
  sigset_t before, after;
  pthread_sigmask(SIG_SETMASK, nullptr, &before);
  { const Interrupt interrupt; }
  pthread_sigmask(SIG_SETMASK, nullptr, &after);
  EXPECT_EQ(sigismember(&before, SIGINT), sigismember(&after, SIGINT));
}

}  // namespace
}  // namespace millwright::cli
