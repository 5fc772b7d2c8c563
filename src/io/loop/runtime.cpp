#include "io/loop/runtime.hpp"

#include <pthread.h>

#include <csignal>
#include <thread>
#include <vector>

#include <boost/asio/executor_work_guard.hpp>
#include <spdlog/spdlog.h>

#include "io/loop/ticker.hpp"

namespace millwright::io {
namespace {

// The one thread-local of the house: which loop this thread turns. Written by the loop's thread alone.
thread_local std::optional<unsigned> loop_of_this_thread;

struct Loop {
  // Declared first, so that what still waits in the context when it is destroyed can leave its ticker.
  std::optional<Ticker> ticker;
  boost::asio::io_context context{1};   // one thread: no wake-ups between threads
  std::optional<boost::asio::executor_work_guard<Executor>> guard{context.get_executor()};
  std::thread thread;

  Loop() { ticker.emplace(context.get_executor()); }
  ~Loop() { ticker->detach(); }
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;
};

void turn(Loop& loop, unsigned index) {
  loop_of_this_thread = index;
  ::pthread_setname_np(::pthread_self(), fmt::format("loop-{}", index).c_str());
  while (true) {
    try {
      loop.context.run();
      return;
    } catch (const std::exception& e) {
      spdlog::error("a completion handler threw: {}", e.what());
    }
  }
}

}  // namespace

struct Runtime::State {
  std::vector<std::unique_ptr<Loop>> loops;
  std::unique_ptr<BlockingPool> blocking;
  bool is_started = false;
  bool is_stopped = false;
};

Runtime::Runtime(RuntimeOptions options) : state_(std::make_unique<State>()) {
  const unsigned cores = std::max(1u, std::thread::hardware_concurrency());
  const unsigned loops = options.loops != 0 ? options.loops : cores;
  for (unsigned i = 0; i < loops; ++i) state_->loops.push_back(std::make_unique<Loop>());
  const unsigned threads = options.blocking_threads != 0 ? options.blocking_threads : std::max(4u, 2 * cores);
  state_->blocking = std::make_unique<BlockingPool>(threads, options.blocking_queue_max);
}

Runtime::~Runtime() { stop(); }

unsigned Runtime::loop_count() const { return static_cast<unsigned>(state_->loops.size()); }
Executor Runtime::loop(unsigned index) const { return state_->loops.at(index)->context.get_executor(); }
Ticker& Runtime::ticker(unsigned index) const { return *state_->loops.at(index)->ticker; }
std::optional<unsigned> Runtime::current_loop() { return loop_of_this_thread; }
BlockingPool& Runtime::blocking() { return *state_->blocking; }

void Runtime::start() {
  ensure(!state_->is_started, "a runtime starts once");
  state_->is_started = true;
  // A peer that closes early is an error code here, never the end of the process.
  std::signal(SIGPIPE, SIG_IGN);
  for (unsigned i = 0; i < loop_count(); ++i) {
    Loop& loop = *state_->loops[i];
    loop.thread = std::thread([&loop, i] { turn(loop, i); });
  }
}

void Runtime::stop() {
  if (state_->is_stopped) return;
  state_->is_stopped = true;
  for (auto& loop : state_->loops) {
    loop->guard.reset();
    loop->context.stop();
  }
  for (auto& loop : state_->loops) {
    if (loop->thread.joinable()) loop->thread.join();
  }
  // Last: a job that is dropped may own a coroutine, which must not be destroyed beside a running loop.
  state_->blocking->stop();
}

}  // namespace millwright::io
