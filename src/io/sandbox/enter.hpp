// The steps of closing the gate, for the two ways a child is used.
#pragma once

#include "io/sandbox/rlimits.hpp"
#include "io/sandbox/sandbox.hpp"

namespace millwright::io::sandbox {

/// `enter`, with the CPU limit of one run or of a worker.
[[nodiscard]] Result<void> enter_as(const Limits& limits, CpuLimit cpu);

enum class SystemFiles : bool { Closed, Readable };
/// Confines opening of files to the system's read-only folders (Landlock). Closed when the kernel has no Landlock.
[[nodiscard]] SystemFiles confine_files();
/// Allows only the system calls on the list (seccomp).
[[nodiscard]] Result<void> filter_system_calls(SystemFiles files);

}  // namespace millwright::io::sandbox
