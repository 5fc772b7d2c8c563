#include "extensions/connectors/beneath.hpp"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/text.hpp"

namespace millwright::extensions {

namespace {

constexpr int reading = O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;

/// For kernels and containers without openat2: one name after the other, following no link at all.
Result<Descriptor> open_step_by_step(int root, const std::string& path) {
  Descriptor current;
  const std::vector<std::string_view> names = split(path, '/');
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i].empty() || names[i] == "." || names[i] == "..") return fail(ErrorCode::Forbidden, "it leaves the folder");
    const bool is_last = i + 1 == names.size();
    const int flags = is_last ? reading | O_NOFOLLOW : O_PATH | O_CLOEXEC | O_NOFOLLOW | O_DIRECTORY;
    const int next = ::openat(current.is_open() ? current.number() : root, std::string(names[i]).c_str(), flags);
    if (next < 0) return system_error(errno == ELOOP ? EXDEV : errno, "it cannot be opened");
    current = Descriptor(next);
  }
  return current;
}

}  // namespace

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
  if (this != &other) {
    if (number_ >= 0) ::close(number_);
    number_ = other.release();
  }
  return *this;
}
Descriptor::~Descriptor() {
  if (number_ >= 0) ::close(number_);
}
int Descriptor::release() { return std::exchange(number_, -1); }

std::unexpected<Error> system_error(int number, const std::string& what) {
  ErrorCode code = ErrorCode::Unavailable;
  if (number == ENOENT || number == ENOTDIR) code = ErrorCode::NotFound;
  if (number == EACCES || number == EPERM || number == ELOOP || number == EXDEV) code = ErrorCode::Forbidden;
  if (number == EXDEV) return fail(code, "{}: a link leads out of the folder", what);
  return fail(code, "{}: {}", what, std::strerror(number));
}

Result<Descriptor> open_folder(const std::string& path) {
  const int number = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (number >= 0) return Descriptor(number);
  if (errno == ENOTDIR) return fail(ErrorCode::InvalidConfig, "{} is no folder", path);
  return system_error(errno, "the folder " + path + " cannot be read");
}

Result<Descriptor> open_beneath(int root, const std::string& path) {
  open_how how{};
  how.flags = reading;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
  const long number = ::syscall(SYS_openat2, root, path.c_str(), &how, sizeof how);
  if (number >= 0) return Descriptor(static_cast<int>(number));
  if (errno == ENOSYS || (errno == EPERM && ::faccessat(root, path.c_str(), R_OK, AT_EACCESS) == 0)) {
    return open_step_by_step(root, path);
  }
  return system_error(errno, "it cannot be opened");
}

}  // namespace millwright::extensions
