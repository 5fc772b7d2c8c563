#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>

#include "io/sandbox/enter.hpp"

namespace millwright::io::sandbox {
namespace {

// Fonts, character maps, time zones, shared libraries: what parsing libraries open on their own.
constexpr std::array readable_roots{"/usr", "/lib", "/lib64", "/etc/fonts", "/etc/ld.so.cache", "/etc/localtime",
                                    "/var/cache/fontconfig"};
constexpr std::uint64_t rights_v1 = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1;
constexpr std::uint64_t right_refer = 1ULL << 13;      // second version of the interface
constexpr std::uint64_t right_truncate = 1ULL << 14;   // third

std::uint64_t rights_of_version(long version) {
  if (version >= 3) return rights_v1 | right_refer | right_truncate;
  return version == 2 ? rights_v1 | right_refer : rights_v1;
}

void allow_reading(int ruleset, const char* path) {
  const int folder = ::open(path, O_PATH | O_CLOEXEC);
  if (folder < 0) return;
  landlock_path_beneath_attr rule{};
  rule.parent_fd = folder;
  rule.allowed_access = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;
  if (::syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) != 0) {
    // The path is a file: a file cannot be granted the right to be listed.
    rule.allowed_access = LANDLOCK_ACCESS_FS_READ_FILE;
    ::syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
  }
  ::close(folder);
}

}  // namespace

SystemFiles confine_files() {
  const long version = ::syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
  if (version < 1) return SystemFiles::Closed;
  landlock_ruleset_attr attributes{};
  attributes.handled_access_fs = rights_of_version(version);
  const auto ruleset = static_cast<int>(
      ::syscall(SYS_landlock_create_ruleset, &attributes, sizeof attributes.handled_access_fs, 0));
  if (ruleset < 0) return SystemFiles::Closed;
  for (const char* path : readable_roots) allow_reading(ruleset, path);
  const bool is_confined = ::syscall(SYS_landlock_restrict_self, ruleset, 0) == 0;
  ::close(ruleset);
  return is_confined ? SystemFiles::Readable : SystemFiles::Closed;
}

}  // namespace millwright::io::sandbox
