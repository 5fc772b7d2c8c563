#include "io/sandbox/enter.hpp"

#include <sys/prctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <new>

namespace millwright::io::sandbox {

Result<void> enter(const Limits& limits) { return enter_as(limits, CpuLimit::ForProcess); }

Result<void> enter_as(const Limits& limits, CpuLimit cpu) {
  std::set_new_handler([] { ::_exit(out_of_memory_status); });
  set_limits(0, limits, cpu);
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
    return fail(ErrorCode::Unavailable, "cannot give up privileges: {}", std::strerror(errno));
  }
  return filter_system_calls(confine_files());
}

}  // namespace millwright::io::sandbox
