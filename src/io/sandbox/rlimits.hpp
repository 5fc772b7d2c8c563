// Resource limits of a sandboxed child, set by its parent and again by itself.
#pragma once

#include <sys/types.h>

#include <cstdint>

#include "io/sandbox/sandbox.hpp"

namespace millwright::io::sandbox {

/// A child that found no more memory leaves with this status, so that the parent can tell it from a crash.
inline constexpr int out_of_memory_status = 86;

enum class CpuLimit : bool { ForProcess, PerCall };   // PerCall: the parent moves it before each call

/// Sets memory, CPU, file size, open files and core size; `pid` 0 is the calling process.
void set_limits(pid_t pid, const Limits& limits, CpuLimit cpu);
/// Gives a worker `cpu_max` more CPU time from now.
void renew_cpu_limit(pid_t pid, std::chrono::seconds cpu_max);

}  // namespace millwright::io::sandbox
