// One process a data directory: an advisory lock on DATA/lock, held while the factory is open.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "base/error.hpp"

namespace millwright::app {

class DataLock {
 public:
  /// Makes the directory (mode 0700) when it is missing. Conflict, naming the process that holds it, when taken.
  [[nodiscard]] static Result<DataLock> take(const std::filesystem::path& directory);
  /// The process that holds the lock of `directory`; nothing when it is free or there is none.
  [[nodiscard]] static std::optional<std::string> find_holder(const std::filesystem::path& directory);
  ~DataLock();
  DataLock(DataLock&& other) noexcept;
  DataLock& operator=(DataLock&& other) noexcept;

 private:
  explicit DataLock(int file) : file_(file) {}
  int file_ = -1;
};

}  // namespace millwright::app
