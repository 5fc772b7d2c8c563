#include "io/sandbox/child_process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <utility>

namespace millwright::io::sandbox {
namespace {

using std::chrono::milliseconds;

int left_until(ChildProcess::Instant until) {
  const auto left = std::chrono::duration_cast<milliseconds>(until - std::chrono::steady_clock::now()).count();
  return static_cast<int>(std::clamp<std::int64_t>(left + 1, 0, 1 << 30));
}

void close_one(int& descriptor) {
  if (descriptor >= 0) ::close(descriptor);
  descriptor = -1;
}

std::unexpected<Error> cannot_start(int reason) {
  return fail(ErrorCode::Unavailable, "cannot start a sandboxed child: {}", std::strerror(reason));
}

std::unexpected<Error> out_of_time() { return fail(ErrorCode::Timeout, "the input took too long to work through"); }

/// What the child starts with: two descriptors, no other, default signals, and an environment of its own.
class SpawnPlan {
 public:
  SpawnPlan(int input, int output) {
    ::posix_spawn_file_actions_init(&actions_);
    ::posix_spawn_file_actions_adddup2(&actions_, input, STDIN_FILENO);
    ::posix_spawn_file_actions_adddup2(&actions_, output, STDOUT_FILENO);
    ::posix_spawn_file_actions_addopen(&actions_, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    ::posix_spawn_file_actions_addclosefrom_np(&actions_, STDERR_FILENO + 1);
    ::posix_spawnattr_init(&attributes_);
    sigset_t signals;
    ::sigfillset(&signals);
    ::posix_spawnattr_setsigdefault(&attributes_, &signals);
    ::sigemptyset(&signals);
    ::posix_spawnattr_setsigmask(&attributes_, &signals);
    ::posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
  }
  ~SpawnPlan() {
    ::posix_spawn_file_actions_destroy(&actions_);
    ::posix_spawnattr_destroy(&attributes_);
  }
  SpawnPlan(const SpawnPlan&) = delete;
  SpawnPlan& operator=(const SpawnPlan&) = delete;

  int start(pid_t& pid, std::string program, std::string argument) {
    std::string language = "LANG=C.UTF-8";
    std::string sanitizer = "ASAN_OPTIONS=detect_leaks=0";   // its leak check starts threads at exit
    std::array<char*, 3> arguments{program.data(), argument.data(), nullptr};
    std::array<char*, 3> environment{language.data(), sanitizer.data(), nullptr};
    return ::posix_spawn(&pid, program.c_str(), &actions_, &attributes_, arguments.data(), environment.data());
  }

 private:
  posix_spawn_file_actions_t actions_;
  posix_spawnattr_t attributes_;
};

Result<void> meaning_of_signal(int signal, const Limits& limits, const rusage& used) {
  const bool is_over_cpu = used.ru_utime.tv_sec + used.ru_stime.tv_sec >= limits.cpu_max.count();
  if (signal == SIGXCPU || (signal == SIGKILL && is_over_cpu)) {
    return fail(ErrorCode::Timeout, "the input needed more than {} s of CPU time", limits.cpu_max.count());
  }
  if (signal == SIGKILL) return fail(ErrorCode::TooLarge, "the child was killed by the system, as when memory ends");
  const char* name = ::sigabbrev_np(signal);
  return fail(ErrorCode::Corrupt, "the input made its reader crash (SIG{})", name != nullptr ? name : "?");
}

Result<void> meaning_of_end(int status, const Limits& limits, const rusage& used) {
  if (WIFSIGNALED(status)) return meaning_of_signal(WTERMSIG(status), limits, used);
  const int code = WEXITSTATUS(status);
  if (code == 0) return {};
  if (code == out_of_memory_status) {
    return fail(ErrorCode::TooLarge, "the input needed more than {} MiB of memory", limits.memory_bytes_max >> 20);
  }
  return fail(ErrorCode::Corrupt, "the reader of the input ended with status {}", code);
}

}  // namespace

ChildProcess::ChildProcess(ChildProcess&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      input_(std::exchange(other.input_, -1)),
      output_(std::exchange(other.output_, -1)) {}

ChildProcess& ChildProcess::operator=(ChildProcess&& other) noexcept {
  std::swap(pid_, other.pid_);
  std::swap(input_, other.input_);
  std::swap(output_, other.output_);
  return *this;
}

ChildProcess::~ChildProcess() {
  kill_and_reap();
  close_one(input_);
  close_one(output_);
}

void ChildProcess::kill_and_reap() {
  if (pid_ <= 0) return;
  ::kill(pid_, SIGKILL);
  while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) continue;
  pid_ = -1;
}

Result<ChildProcess> ChildProcess::start(const std::string& program, const std::string& argument,
                                         const Limits& limits, CpuLimit cpu) {
  std::array<int, 2> input{-1, -1};
  std::array<int, 2> output{-1, -1};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, input.data()) != 0) return cannot_start(errno);
  if (::pipe2(output.data(), O_CLOEXEC) != 0) {
    const int reason = errno;
    close_one(input[0]);
    close_one(input[1]);
    return cannot_start(reason);
  }
  pid_t pid = -1;
  const int failure = SpawnPlan(input[1], output[1]).start(pid, program, argument);
  close_one(input[1]);
  close_one(output[1]);
  ChildProcess child(failure == 0 ? pid : -1, input[0], output[0]);
  if (failure != 0) return cannot_start(failure);
  ::fcntl(output[0], F_SETFL, O_NONBLOCK);
  set_limits(pid, limits, cpu);
  return child;
}

ChildProcess::Moved ChildProcess::read_output(std::string& output) {
  std::array<char, 64 << 10> bytes;
  const ssize_t size = ::read(output_, bytes.data(), bytes.size());
  if (size > 0) output.append(bytes.data(), static_cast<std::size_t>(size));
  return size > 0 || (size < 0 && (errno == EAGAIN || errno == EINTR)) ? Moved::Some : Moved::Ended;
}

void ChildProcess::write_input(std::string_view& input, AfterInput after) {
  const ssize_t size = ::send(input_, input.data(), input.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  if (size >= 0) input.remove_prefix(static_cast<std::size_t>(size));
  // A child that does not read all of its input says why by its output and its end.
  else if (errno != EAGAIN && errno != EINTR) input = {};
  if (input.empty() && after == AfterInput::Ends) close_input();
}

void ChildProcess::close_input() { close_one(input_); }

Result<std::string> ChildProcess::exchange(std::string_view input, AfterInput after, std::size_t output_bytes_max,
                                           Instant until, const std::function<bool(std::string_view)>& is_enough) {
  std::string output;
  if (input.empty() && after == AfterInput::Ends) close_input();
  while (true) {
    std::array<pollfd, 2> watched{pollfd{output_, POLLIN, 0}, pollfd{input.empty() ? -1 : input_, POLLOUT, 0}};
    const int left = left_until(until);
    const int ready = ::poll(watched.data(), watched.size(), left);
    if (ready == 0 || left == 0) return out_of_time();
    if (ready < 0 && errno != EINTR) return fail(ErrorCode::Unavailable, "poll failed: {}", std::strerror(errno));
    if (ready < 0) continue;
    if (watched[1].revents != 0) write_input(input, after);
    if (watched[0].revents == 0) continue;
    if (read_output(output) == Moved::Ended) return output;
    if (output.size() > output_bytes_max) {
      return fail(ErrorCode::TooLarge, "the output is longer than {} bytes", output_bytes_max);
    }
    if (is_enough(output)) return output;
  }
}

Result<void> ChildProcess::wait(Instant until, const Limits& limits) {
  const auto watched_pid = static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0));
  pollfd watched{watched_pid, POLLIN, 0};
  int ready = 0;
  do {
    ready = ::poll(&watched, 1, left_until(until));
  } while (ready < 0 && errno == EINTR);
  if (watched_pid >= 0) ::close(watched_pid);
  if (ready == 0) return out_of_time();   // the destructor kills
  int status = 0;
  rusage used{};
  while (::wait4(pid_, &status, 0, &used) < 0 && errno == EINTR) continue;
  pid_ = -1;
  return meaning_of_end(status, limits, used);
}

}  // namespace millwright::io::sandbox
