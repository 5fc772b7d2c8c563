#include "features/audit/checkpoint_log.hpp"

#include <fcntl.h>
#include <unistd.h>

#include "base/text.hpp"
#include "store/private_file.hpp"

namespace millwright::audit {

Result<void> append_to_log(const std::filesystem::path& path, const Checkpoint& checkpoint, Timestamp time) {
  // A newline first when the last line was torn, so that this one stands alone.
  std::string line = json::serialize(json::object{
      {"size", checkpoint.size}, {"root", checkpoint.root.text()}, {"time", render_time(time)},
      {"note", checkpoint.note}});
  line += '\n';
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (fd < 0) return fail(ErrorCode::Unavailable, "cannot open {}: {}", path.string(), std::strerror(errno));
  char last = '\n';
  const off_t size = ::lseek(fd, 0, SEEK_END);
  if (size > 0 && ::pread(fd, &last, 1, size - 1) == 1 && last != '\n') line.insert(line.begin(), '\n');
  const ssize_t written = ::write(fd, line.data(), line.size());
  const int number = errno;
  const bool is_synced = ::fdatasync(fd) == 0;
  ::close(fd);
  if (written != static_cast<ssize_t>(line.size()) || !is_synced) {
    return fail(ErrorCode::Unavailable, "cannot write {}: {}", path.string(), std::strerror(number));
  }
  return {};
}

Result<std::vector<std::string>> read_log(const std::filesystem::path& path) {
  std::vector<std::string> notes;
  auto bytes = store::read_file(path);
  if (!bytes && bytes.error().code == ErrorCode::NotFound) return notes;
  if (!bytes) return pass(bytes);
  const auto lines = split(*bytes, '\n');
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (trimmed(lines[i]).empty()) continue;
    auto object = parse_json_object(lines[i]);
    const std::string_view note = object ? string_member(*object, "note") : std::string_view();
    if (!note.empty()) {
      notes.emplace_back(note);
    } else if (i + 1 != lines.size()) {
      return fail(ErrorCode::Corrupt, "{}: line {} is not a checkpoint", path.string(), i + 1);
    }
  }
  return notes;
}

}  // namespace millwright::audit
