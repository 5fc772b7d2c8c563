#include "cli/files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace millwright::cli {

namespace {

bool write_all(int file, std::string_view text) {
  while (!text.empty()) {
    const auto count = ::write(file, text.data(), text.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

}  // namespace

Result<void> replace_file(const std::filesystem::path& given, std::string_view text, unsigned mode) {
  std::error_code error;
  const auto target = std::filesystem::canonical(given, error);
  const auto path = error ? given : target;
  struct stat known {};
  if (stat(path.c_str(), &known) == 0) mode = known.st_mode & 07777;
  const auto temporary = path.string() + ".new";
  const int file = open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
  bool is_written = file >= 0 && fchmod(file, mode) == 0 && write_all(file, text) && fsync(file) == 0;
  int reason = errno;
  if (file >= 0) close(file);
  if (is_written) {
    is_written = std::rename(temporary.c_str(), path.c_str()) == 0;
    reason = errno;
  }
  if (is_written) return {};
  unlink(temporary.c_str());
  return fail(ErrorCode::InvalidInput, "{} cannot be written: {}", path.string(), std::strerror(reason));
}

}  // namespace millwright::cli
