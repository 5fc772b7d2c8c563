#include <unistd.h>

#include <condition_variable>
#include <fstream>
#include <mutex>
#include <vector>

#include "io/sandbox/child_process.hpp"
#include "io/sandbox/frame.hpp"

namespace millwright::io::sandbox {
namespace {

struct Worker {
  ChildProcess child;
  unsigned calls = 0;
};

std::uint64_t resident_bytes(pid_t pid) {
  std::ifstream file(fmt::format("/proc/{}/statm", pid));
  std::uint64_t total = 0;
  std::uint64_t resident = 0;
  file >> total >> resident;
  return resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

bool has_whole_frame(std::string_view output) {
  return output.size() >= frame_head_bytes && output.size() - frame_head_bytes >= frame_size(output);
}

/// The frame of an answer without its head and its first byte.
Result<std::string> answer_in(std::string output) {
  const bool is_good = output[frame_head_bytes] == answer_is_good;
  std::string text = output.substr(frame_head_bytes + 1);
  if (!is_good) return fail(ErrorCode::Internal, "{}", text);
  return text;
}

}  // namespace

struct WorkerPool::State {
  std::string program;
  std::string argument;
  unsigned workers_max = 1;
  Limits limits;
  Recycling recycling;

  std::mutex mutex;
  std::condition_variable freed;
  std::vector<Worker> idle;
  unsigned alive = 0;   // idle, busy or being started
  std::uint64_t started = 0;

  /// An idle worker, or the right to start one.
  std::optional<Worker> take() {
    std::unique_lock lock(mutex);
    freed.wait(lock, [this] { return !idle.empty() || alive < workers_max; });
    if (idle.empty()) {
      ++alive;
      ++started;
      return std::nullopt;
    }
    Worker worker = std::move(idle.back());
    idle.pop_back();
    return worker;
  }

  void put_back(Worker worker) {
    const std::lock_guard lock(mutex);
    idle.push_back(std::move(worker));
    freed.notify_one();
  }

  void lose_one() {
    const std::lock_guard lock(mutex);
    --alive;
    freed.notify_one();
  }

  bool is_worn(Worker& worker) const {
    return ++worker.calls >= recycling.calls_max || resident_bytes(worker.child.pid()) > recycling.resident_bytes_max;
  }

  Result<std::string> ask(Worker& worker, std::string_view frame) const {
    const auto until = std::chrono::steady_clock::now() + limits.wall_max;
    renew_cpu_limit(worker.child.pid(), limits.cpu_max);
    const auto head = frame_head(frame.size());
    std::string message;
    message.reserve(head.size() + frame.size());
    message.append(head.data(), head.size()).append(frame);
    auto output = worker.child.exchange(message, ChildProcess::AfterInput::StaysOpen,
                                        limits.output_bytes_max + frame_head_bytes + 1, until, has_whole_frame);
    if (!output) return pass(output);
    if (has_whole_frame(*output) && output->size() == frame_head_bytes + frame_size(*output) &&
        output->size() > frame_head_bytes) {
      return answer_in(std::move(*output));
    }
    auto ended = worker.child.wait(until, limits);
    if (!ended) return pass(ended);
    return fail(ErrorCode::Corrupt, "the reader of the input ended without an answer");
  }
};

WorkerPool::WorkerPool(std::string program, std::string argument, unsigned workers, Limits limits,
                       Recycling recycling)
    : state_(std::make_unique<State>()) {
  state_->program = std::move(program);
  state_->argument = std::move(argument);
  state_->workers_max = std::max(1u, workers);
  state_->limits = limits;
  state_->recycling = recycling;
}

WorkerPool::~WorkerPool() = default;

Result<std::string> WorkerPool::call(std::string_view frame) {
  if (frame.size() > std::min(state_->limits.input_bytes_max, frame_bytes_max)) {
    return fail(ErrorCode::TooLarge, "the input is longer than {} bytes", state_->limits.input_bytes_max);
  }
  std::optional<Worker> worker = state_->take();
  if (!worker) {
    auto child = ChildProcess::start(state_->program, state_->argument, state_->limits, CpuLimit::PerCall);
    if (!child) {
      state_->lose_one();
      return pass(child);
    }
    worker.emplace(Worker{std::move(*child), 0});
  }
  auto answer = state_->ask(*worker, frame);
  const bool is_child_sound = answer || answer.error().code == ErrorCode::Internal;
  if (is_child_sound && !state_->is_worn(*worker)) {
    state_->put_back(std::move(*worker));
  } else {
    worker.reset();   // killed and reaped before another takes its place
    state_->lose_one();
  }
  return answer;
}

std::uint64_t WorkerPool::started() const {
  const std::lock_guard lock(state_->mutex);
  return state_->started;
}

}  // namespace millwright::io::sandbox
