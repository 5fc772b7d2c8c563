// A sandboxed child: started with nothing inherited, fed and read without blocking past a deadline, always reaped.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "io/sandbox/rlimits.hpp"
#include "io/sandbox/sandbox.hpp"

namespace millwright::io::sandbox {

class ChildProcess {
 public:
  using Instant = std::chrono::steady_clock::time_point;
  enum class AfterInput : bool { StaysOpen, Ends };

  [[nodiscard]] static Result<ChildProcess> start(const std::string& program, const std::string& argument,
                                                  const Limits& limits, CpuLimit cpu);
  ChildProcess(ChildProcess&& other) noexcept;
  ChildProcess& operator=(ChildProcess&& other) noexcept;
  ~ChildProcess();   // kills and reaps

  [[nodiscard]] pid_t pid() const { return pid_; }

  /// Writes `input` and collects output until `is_enough(output)` or the child's output ends. Timeout when `until`
  /// passes, TooLarge beyond `output_bytes_max`.
  [[nodiscard]] Result<std::string> exchange(std::string_view input, AfterInput after, std::size_t output_bytes_max,
                                             Instant until,
                                             const std::function<bool(std::string_view)>& is_enough);
  /// Waits for the end and says what it meant: nothing wrong, out of memory, out of time, or a crash.
  [[nodiscard]] Result<void> wait(Instant until, const Limits& limits);

 private:
  ChildProcess(pid_t pid, int input, int output) : pid_(pid), input_(input), output_(output) {}
  void kill_and_reap();
  void close_input();
  enum class Moved : std::uint8_t { Some, Ended };
  [[nodiscard]] Moved read_output(std::string& output);
  void write_input(std::string_view& input, AfterInput after);

  pid_t pid_ = -1;
  int input_ = -1;    // a socket, so that a dead child raises no SIGPIPE here
  int output_ = -1;
};

}  // namespace millwright::io::sandbox
