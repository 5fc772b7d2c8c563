// Work on untrusted bytes in a child process: no network, no files, no new processes (seccomp), bounded memory, CPU
// time, wall time and output (rlimits). The child is this same program started anew with a hidden verb, so that no
// state of the parent is inherited.
#pragma once

#include <chrono>
#include <cstdint>
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
/// output and error, allocate and exit.
[[nodiscard]] Result<void> enter(const Limits& limits);

/// A pool of warm sandboxed children for many small inputs: each child serves a bounded number of inputs
/// (length-prefixed frames on its pipes) and is replaced after a failure, so that a broken document costs one child
/// and no other document. Thread-safe; `call` blocks.
class WorkerPool;

}  // namespace millwright::io::sandbox
