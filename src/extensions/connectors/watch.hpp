// Tells when something below a folder may have changed, by inotify; where that is not to be had, never.
#pragma once

#include <map>
#include <string>

#include "base/time.hpp"
#include "extensions/connectors/beneath.hpp"

namespace millwright::extensions {

/// wake() may be called from any thread; the rest belongs to one.
class Watch {
 public:
  explicit Watch(std::string root);

  /// True when something may have changed or events were lost; false after `timeout` or wake(). Bursts are gathered:
  /// it answers when all has been quiet for a moment. Changes between two calls are not lost.
  [[nodiscard]] bool wait(Duration timeout);
  void wake();

 private:
  void add_folder(const std::string& path, std::size_t depth);
  /// Reads what is there; true when any event speaks of a change.
  bool drain();
  bool wait_readable(Duration timeout, bool& woken);

  std::string root_;
  Descriptor events_, waker_;
  std::map<int, std::string> folders_;   // by watch number
  bool is_complete_ = true;              // all folders are watched
  bool is_begun_ = false;
};

}  // namespace millwright::extensions
