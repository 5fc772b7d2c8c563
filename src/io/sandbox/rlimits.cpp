#include "io/sandbox/rlimits.hpp"

#include <sys/resource.h>

#include <ctime>

namespace millwright::io::sandbox {
namespace {

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define MILLWRIGHT_HAS_SHADOW_MEMORY 1
#endif
#endif
#ifdef MILLWRIGHT_HAS_SHADOW_MEMORY
constexpr bool can_limit_addresses = false;   // a sanitizer maps terabytes of address space
#else
constexpr bool can_limit_addresses = true;
#endif

void set_limit(pid_t pid, __rlimit_resource resource, rlim_t soft, rlim_t hard) {
  const rlimit limit{soft, hard};
  ::prlimit(pid, resource, &limit, nullptr);
}

}  // namespace

void set_limits(pid_t pid, const Limits& limits, CpuLimit cpu) {
  if (can_limit_addresses) set_limit(pid, RLIMIT_AS, limits.memory_bytes_max, limits.memory_bytes_max);
  const auto seconds = static_cast<rlim_t>(limits.cpu_max.count());
  set_limit(pid, RLIMIT_CPU, seconds, cpu == CpuLimit::ForProcess ? seconds + 1 : RLIM_INFINITY);
  set_limit(pid, RLIMIT_FSIZE, 0, 0);
  set_limit(pid, RLIMIT_NOFILE, 64, 64);
  set_limit(pid, RLIMIT_CORE, 0, 0);
}

void renew_cpu_limit(pid_t pid, std::chrono::seconds cpu_max) {
  clockid_t clock = 0;
  timespec used{};
  if (::clock_getcpuclockid(pid, &clock) != 0 || ::clock_gettime(clock, &used) != 0) return;
  set_limit(pid, RLIMIT_CPU, static_cast<rlim_t>(used.tv_sec + 1 + cpu_max.count()), RLIM_INFINITY);
}

}  // namespace millwright::io::sandbox
