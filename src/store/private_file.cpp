#include "store/private_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/digest.hpp"
#include "base/text.hpp"

namespace millwright::store {
namespace {

namespace fs = std::filesystem;

/// A file descriptor closed with its owner.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() { if (fd_ >= 0) ::close(fd_); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  [[nodiscard]] int get() const { return fd_; }

 private:
  int fd_;
};

std::unexpected<Error> failed(std::string_view what, const fs::path& path, int number) {
  const bool is_missing = number == ENOENT;
  auto error = fail(is_missing ? ErrorCode::NotFound : ErrorCode::Unavailable, "cannot {} {}: {}", what, path.string(),
                    std::strerror(number));
  if (number == ENOSPC) error.error().fix = "Free space on the disk that holds the data directory.";
  return error;
}

Result<void> write_all(int fd, std::string_view bytes, const fs::path& path) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return failed("write", path, errno);
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

Result<void> sync_folder(const fs::path& folder) {
  const Descriptor fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (fd.get() < 0 || ::fsync(fd.get()) != 0) return failed("sync", folder, errno);
  return {};
}

Result<fs::path> write_temporary(const fs::path& path, std::string_view bytes, Durability durability) {
  fs::path temporary = path;
  const std::string unique = random_bytes(8);
  temporary += ".tmp-" + to_hex(std::span(reinterpret_cast<const std::uint8_t*>(unique.data()), unique.size()));
  const Descriptor fd(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (fd.get() < 0) return failed("create", temporary, errno);
  auto written = write_all(fd.get(), bytes, temporary);
  if (written && durability == Durability::Power && ::fdatasync(fd.get()) != 0) {
    written = failed("sync", temporary, errno);
  }
  if (!written) {
    ::unlink(temporary.c_str());
    return pass(written);
  }
  return temporary;
}

}  // namespace

Result<void> write_file(const fs::path& path, std::string_view bytes, Durability durability) {
  auto temporary = write_temporary(path, bytes, durability);
  if (!temporary) return pass(temporary);
  if (::rename(temporary->c_str(), path.c_str()) != 0) {
    const int number = errno;
    ::unlink(temporary->c_str());
    return failed("rename to", path, number);
  }
  if (durability == Durability::Power) return sync_folder(path.parent_path());
  return {};
}

Result<std::string> create_or_read_file(const fs::path& path, std::string_view bytes) {
  auto existing = read_file(path);
  if (existing || existing.error().code != ErrorCode::NotFound) return existing;
  auto temporary = write_temporary(path, bytes, Durability::Power);
  if (!temporary) return pass(temporary);
  const int linked = ::link(temporary->c_str(), path.c_str());
  const int number = errno;
  ::unlink(temporary->c_str());
  if (linked != 0 && number != EEXIST) return failed("create", path, number);
  auto synced = sync_folder(path.parent_path());
  if (!synced) return pass(synced);
  return read_file(path);
}

Result<std::string> read_file(const fs::path& path) {
  const Descriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (fd.get() < 0) return failed("open", path, errno);
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0) return failed("read", path, errno);
  if (!S_ISREG(status.st_mode)) return fail(ErrorCode::Corrupt, "{} is not a file", path.string());
  std::string bytes(static_cast<std::size_t>(status.st_size), '\0');
  std::size_t size = 0;
  while (size < bytes.size()) {
    const ssize_t read = ::read(fd.get(), bytes.data() + size, bytes.size() - size);
    if (read < 0 && errno == EINTR) continue;
    if (read < 0) return failed("read", path, errno);
    if (read == 0) break;
    size += static_cast<std::size_t>(read);
  }
  bytes.resize(size);
  return bytes;
}

}  // namespace millwright::store
