#include <fcntl.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <memory>

#include "io/sandbox/enter.hpp"

namespace millwright::io::sandbox {
namespace {

// Memory, time, own state, reading what is open. Everything else fails with EPERM, which libraries take in their
// stride, where a kill would turn a harmless question of a library into a lost document.
constexpr std::array always_allowed{
    SCMP_SYS(read), SCMP_SYS(readv), SCMP_SYS(pread64), SCMP_SYS(close), SCMP_SYS(lseek), SCMP_SYS(fstat),
    SCMP_SYS(newfstatat), SCMP_SYS(statx), SCMP_SYS(fstatfs), SCMP_SYS(brk), SCMP_SYS(munmap), SCMP_SYS(mremap),
    SCMP_SYS(madvise), SCMP_SYS(futex), SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigreturn),
    SCMP_SYS(sigaltstack), SCMP_SYS(restart_syscall), SCMP_SYS(getrandom), SCMP_SYS(clock_gettime),
    SCMP_SYS(clock_getres), SCMP_SYS(gettimeofday), SCMP_SYS(time), SCMP_SYS(nanosleep), SCMP_SYS(clock_nanosleep),
    SCMP_SYS(sched_yield), SCMP_SYS(sched_getaffinity), SCMP_SYS(getpid), SCMP_SYS(gettid), SCMP_SYS(getuid),
    SCMP_SYS(geteuid), SCMP_SYS(getgid), SCMP_SYS(getegid), SCMP_SYS(uname), SCMP_SYS(sysinfo),
    SCMP_SYS(getrusage), SCMP_SYS(set_robust_list), SCMP_SYS(rseq), SCMP_SYS(exit), SCMP_SYS(exit_group)};

// Looking at the system's read-only files, within what Landlock leaves.
constexpr std::array allowed_with_files{
    SCMP_SYS(access), SCMP_SYS(faccessat), SCMP_SYS(faccessat2), SCMP_SYS(readlink), SCMP_SYS(readlinkat),
    SCMP_SYS(stat), SCMP_SYS(lstat), SCMP_SYS(statfs), SCMP_SYS(getdents64), SCMP_SYS(getcwd)};

struct FreeFilter {
  void operator()(void* filter) const { ::seccomp_release(filter); }
};

class Filter {
 public:
  Filter() : filter_(::seccomp_init(SCMP_ACT_ERRNO(EPERM))) { has_failed_ = filter_ == nullptr; }

  void allow(int call) { note(::seccomp_rule_add_array(filter_.get(), SCMP_ACT_ALLOW, call, 0, nullptr)); }
  void allow(int call, scmp_arg_cmp condition) {
    note(::seccomp_rule_add_array(filter_.get(), SCMP_ACT_ALLOW, call, 1, &condition));
  }
  void refuse(int call, int error) {
    note(::seccomp_rule_add_array(filter_.get(), SCMP_ACT_ERRNO(static_cast<std::uint32_t>(error)), call, 0, nullptr));
  }
  [[nodiscard]] bool load() { return !has_failed_ && ::seccomp_load(filter_.get()) == 0; }

 private:
  // A call that this architecture does not have needs no rule.
  void note(int outcome) { has_failed_ = has_failed_ || (outcome != 0 && outcome != -EDOM && outcome != -EEXIST); }

  std::unique_ptr<void, FreeFilter> filter_;
  bool has_failed_ = false;
};

scmp_arg_cmp equals(unsigned argument, std::uint64_t value) {
  return scmp_arg_cmp{argument, SCMP_CMP_EQ, value, 0};
}
scmp_arg_cmp has_none_of(unsigned argument, std::uint64_t bits) {
  return scmp_arg_cmp{argument, SCMP_CMP_MASKED_EQ, bits, 0};
}

void allow_memory(Filter& filter) {
  // Never writable and executable at once; libraries loaded from the system's folders are executable and read-only.
  filter.allow(SCMP_SYS(mmap), has_none_of(2, PROT_EXEC));
  filter.allow(SCMP_SYS(mmap), has_none_of(2, PROT_WRITE));
  filter.allow(SCMP_SYS(mprotect), has_none_of(2, PROT_EXEC));
}

void allow_output(Filter& filter) {
  for (const int call : {SCMP_SYS(write), SCMP_SYS(writev)}) {
    filter.allow(call, equals(0, STDOUT_FILENO));
    filter.allow(call, equals(0, STDERR_FILENO));
  }
}

void allow_own_state(Filter& filter) {
  for (const int command : {F_GETFD, F_SETFD, F_GETFL}) {
    filter.allow(SCMP_SYS(fcntl), equals(1, static_cast<std::uint64_t>(command)));
  }
  filter.allow(SCMP_SYS(prlimit64), equals(2, 0));   // asks, does not set
  filter.allow(SCMP_SYS(tgkill), equals(0, static_cast<std::uint64_t>(::getpid())));   // abort
}

void allow_reading_files(Filter& filter) {
  constexpr std::uint64_t writing = O_ACCMODE | O_CREAT | O_TRUNC | O_APPEND;
  filter.allow(SCMP_SYS(open), has_none_of(1, writing));
  filter.allow(SCMP_SYS(openat), has_none_of(2, writing));
  for (const int call : allowed_with_files) filter.allow(call);
}

}  // namespace

Result<void> filter_system_calls(SystemFiles files) {
  Filter filter;
  for (const int call : always_allowed) filter.allow(call);
  allow_memory(filter);
  allow_output(filter);
  allow_own_state(filter);
  if (files == SystemFiles::Readable) allow_reading_files(filter);
  filter.refuse(SCMP_SYS(clone3), ENOSYS);
  if (!filter.load()) {
    return fail(ErrorCode::Unavailable, "the kernel does not accept the filter of system calls: {}",
                std::strerror(errno));
  }
  return {};
}

}  // namespace millwright::io::sandbox
