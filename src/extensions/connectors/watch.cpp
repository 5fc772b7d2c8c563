#include "extensions/connectors/watch.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include <spdlog/spdlog.h>

namespace millwright::extensions {

namespace {

constexpr std::uint32_t changes = IN_CLOSE_WRITE | IN_MOVED_FROM | IN_MOVED_TO | IN_CREATE | IN_DELETE | IN_ATTRIB |
                                  IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR | IN_DONT_FOLLOW | IN_EXCL_UNLINK;
constexpr Duration quiet{200};       // without events: the burst is over
constexpr Duration burst_max{3'000}; // answer at last, however busy the folder is
constexpr std::size_t depth_max = 128;

}  // namespace

Watch::Watch(std::string root)
    : root_(std::move(root)), waker_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {}

void Watch::add_folder(const std::string& path, std::size_t depth) {
  const int number = ::inotify_add_watch(events_.number(), path.c_str(), changes);
  if (number < 0) {
    if (errno != ENOENT && is_complete_) {
      spdlog::warn("{} cannot be watched ({}): its changes are found at the next interval", path, std::strerror(errno));
      is_complete_ = false;
    }
    return;
  }
  folders_[number] = path;
  if (depth >= depth_max) return;
  std::error_code error;
  for (auto entry = std::filesystem::directory_iterator(path, error); !error && entry != std::filesystem::directory_iterator();
       entry.increment(error)) {
    std::error_code ignored;
    if (entry->is_directory(ignored) && !entry->is_symlink(ignored)) add_folder(entry->path().string(), depth + 1);
  }
}

bool Watch::drain() {
  alignas(inotify_event) std::array<char, 64 * 1024> buffer;
  bool has_changes = false;
  for (;;) {
    const ssize_t got = ::read(events_.number(), buffer.data(), buffer.size());
    if (got <= 0) return has_changes;
    for (ssize_t at = 0; at < got;) {
      const auto* event = reinterpret_cast<const inotify_event*>(buffer.data() + at);
      at += static_cast<ssize_t>(sizeof(inotify_event) + event->len);
      // A file being written is no news before it is closed; a lost event may be any.
      const bool is_folder = (event->mask & IN_ISDIR) != 0;
      const bool is_open_file = (event->mask & IN_CREATE) != 0 && !is_folder;
      if ((event->mask & IN_IGNORED) != 0) folders_.erase(event->wd);
      else if (!is_open_file) has_changes = true;
      if ((event->mask & IN_Q_OVERFLOW) != 0) add_folder(root_, 0);
      const auto parent = folders_.find(event->wd);
      if (is_folder && (event->mask & (IN_CREATE | IN_MOVED_TO)) != 0 && parent != folders_.end() && event->len > 0) {
        add_folder(parent->second + "/" + event->name, 0);
      }
    }
  }
}

bool Watch::wait_readable(Duration timeout, bool& woken) {
  std::array<pollfd, 2> polled{pollfd{waker_.number(), POLLIN, 0}, pollfd{events_.number(), POLLIN, 0}};
  const int ready = ::poll(polled.data(), polled.size(), static_cast<int>(std::min<std::int64_t>(timeout.count(), INT32_MAX)));
  if (ready <= 0) return false;
  if ((polled[0].revents & POLLIN) != 0) {
    std::uint64_t ignored = 0;
    (void)!::read(waker_.number(), &ignored, sizeof ignored);
    woken = true;
  }
  return (polled[1].revents & POLLIN) != 0;
}

bool Watch::wait(Duration timeout) {
  const auto end = std::chrono::steady_clock::now() + timeout;
  bool has_changes = false;
  if (!is_begun_) {
    is_begun_ = true;
    // Only who waits takes one of the few inotify instances a user has.
    events_ = Descriptor(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
    add_folder(root_, 0);
    // What changed before the watches stood went unseen: look once more.
    has_changes = true;
  }
  bool woken = false;
  auto burst_end = std::chrono::steady_clock::now() + burst_max;
  for (;;) {
    const auto now = std::chrono::steady_clock::now();
    const auto until = has_changes ? std::min(now + quiet, burst_end) : end;
    const auto left = std::chrono::ceil<Duration>(until - now);
    if (left <= Duration(0)) return has_changes;
    const bool is_readable = wait_readable(left, woken);
    if (woken) return false;
    if (is_readable) {
      const bool is_first = !has_changes;
      has_changes = drain() || has_changes;
      if (is_first && has_changes) burst_end = std::chrono::steady_clock::now() + burst_max;
    } else if (has_changes) {
      return true;
    }
  }
}

void Watch::wake() {
  const std::uint64_t one = 1;
  (void)!::write(waker_.number(), &one, sizeof one);
}

}  // namespace millwright::extensions
