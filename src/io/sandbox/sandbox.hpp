// Work on untrusted bytes in a child process: no network, no files of the user, no new processes (seccomp, Landlock),
// bounded memory, CPU time, wall time and output (rlimits). The child is this same program started anew with a hidden
// verb, so that no state of the parent is inherited.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/error.hpp"

namespace millwright::io::sandbox {

struct Limits {
  std::uint64_t memory_bytes_max = 1u << 30;
  std::chrono::seconds cpu_max{20};
  std::chrono::milliseconds wall_max{30'000};
  std::size_t input_bytes_max = 256u << 20;
  std::size_t output_bytes_max = 64u << 20;
};

/// Runs `program argument` sandboxed, writes `input` to its standard input and returns its standard output.
/// Blocking: call on the blocking pool. Errors: TooLarge (input, output or memory), Timeout (wall or CPU), Corrupt
/// (crash, with the signal), Unavailable (cannot start). The child is always reaped.
[[nodiscard]] Result<std::string> run(const std::string& program, const std::string& argument, std::string_view input,
                                      const Limits& limits);

/// In the child: closes the gate. After this, the process can only read what it has open, write to its standard
/// output and error, allocate and exit. Where the kernel has Landlock it may also open the system's own read-only
/// files (fonts, character maps below /usr); where it has not, nothing can be opened. Call before the first byte of
/// input is read, from the only thread.
[[nodiscard]] Result<void> enter(const Limits& limits);

/// In a child of a WorkerPool: enters, then answers one frame after the other until its input ends. What `answer`
/// throws fails that frame alone. Returns the exit status for main.
[[nodiscard]] int serve_frames(const Limits& limits, const std::function<std::string(std::string_view)>& answer);

/// When a worker is replaced though nothing failed: fragmentation and leaks of libraries stay bounded.
struct Recycling {
  unsigned calls_max = 500;
  std::uint64_t resident_bytes_max = 256u << 20;
};

/// A pool of warm sandboxed children for many small inputs: each child serves a bounded number of inputs
/// (length-prefixed frames on its pipes) and is replaced after a failure, so that a broken document costs one child
/// and no other document. Thread-safe; `call` blocks.
class WorkerPool {
 public:
  /// Children are `program argument`, started when first needed; at most `workers` at a time. Limits hold for each
  /// call (memory: for the child).
  WorkerPool(std::string program, std::string argument, unsigned workers, Limits limits, Recycling recycling = {});
  ~WorkerPool();   // ends idle children; no call may be running
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  /// One frame in, one frame out. Waits for a free worker. Errors as for run, and Internal with the text of what the
  /// child's answer threw.
  [[nodiscard]] Result<std::string> call(std::string_view frame);
  /// Children started so far, for tests and metrics.
  [[nodiscard]] std::uint64_t started() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace millwright::io::sandbox
