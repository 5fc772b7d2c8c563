#include "app/data_lock.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "base/text.hpp"

namespace millwright::app {

namespace {

std::string holder_of(int file) {
  std::array<char, 32> text{};
  const auto size = pread(file, text.data(), text.size() - 1, 0);
  return size > 0 ? std::string(trimmed({text.data(), static_cast<std::size_t>(size)})) : std::string("unknown");
}

void write_own_pid(int file) {
  const auto text = fmt::format("{}\n", getpid());
  if (ftruncate(file, 0) != 0) return;
  // Only for people who wonder who holds the lock.
  [[maybe_unused]] const auto written = pwrite(file, text.data(), text.size(), 0);
}

}  // namespace

Result<DataLock> DataLock::take(const std::filesystem::path& directory) {
  std::error_code error;
  const bool is_new = std::filesystem::create_directories(directory, error);
  if (error) {
    return fail(ErrorCode::InvalidConfig, "the data directory {} cannot be made: {}", directory.string(), error.message());
  }
  if (is_new) chmod(directory.c_str(), 0700);
  const auto path = directory / "lock";
  const int file = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (file < 0) {
    return fail(ErrorCode::InvalidConfig, "{} cannot be opened: {}", path.string(), std::strerror(errno));
  }
  if (flock(file, LOCK_EX | LOCK_NB) != 0) {
    Error taken;
    taken.code = ErrorCode::Conflict;
    taken.message = fmt::format("the data directory {} is in use by process {}", directory.string(), holder_of(file));
    taken.rule = "data.lock";
    taken.fix = "stop that process, or give another --data";
    close(file);
    return std::unexpected(std::move(taken));
  }
  write_own_pid(file);
  return DataLock(file);
}

std::optional<std::string> DataLock::find_holder(const std::filesystem::path& directory) {
  const int file = open((directory / "lock").c_str(), O_RDWR | O_CLOEXEC);
  if (file < 0) return std::nullopt;
  const bool is_free = flock(file, LOCK_EX | LOCK_NB) == 0;
  auto holder = is_free ? std::optional<std::string>() : holder_of(file);
  close(file);
  return holder;
}

DataLock::DataLock(DataLock&& other) noexcept : file_(std::exchange(other.file_, -1)) {}

DataLock& DataLock::operator=(DataLock&& other) noexcept {
  std::swap(file_, other.file_);
  return *this;
}

DataLock::~DataLock() {
  if (file_ >= 0) close(file_);
}

}  // namespace millwright::app
