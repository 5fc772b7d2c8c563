// Files opened strictly below a folder: no "..", no absolute path and no link can lead out of it.
#pragma once

#include <string>

#include "base/error.hpp"

namespace millwright::extensions {

/// A file descriptor that closes itself.
class Descriptor {
 public:
  explicit Descriptor(int number = -1) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(other.release()) {}
  Descriptor& operator=(Descriptor&& other) noexcept;
  ~Descriptor();
  [[nodiscard]] int number() const { return number_; }
  [[nodiscard]] bool is_open() const { return number_ >= 0; }
  [[nodiscard]] int release();

 private:
  int number_;
};

/// Opens a folder for walking. NotFound, Forbidden, InvalidConfig when it is no folder.
[[nodiscard]] Result<Descriptor> open_folder(const std::string& path);
/// Opens `path` below `root` for reading, without blocking on pipes. Forbidden when it leads out of the folder or may
/// not be read, NotFound when there is none.
[[nodiscard]] Result<Descriptor> open_beneath(int root, const std::string& path);
/// "permission denied" and the like as an Error of the right code.
[[nodiscard]] std::unexpected<Error> system_error(int number, const std::string& what);

}  // namespace millwright::extensions
