// A directory of the test's own, removed with everything in it.
#pragma once

#include <filesystem>
#include <string>

namespace millwright::test {

class TempDirectory {
 public:
  TempDirectory();
  ~TempDirectory();
  TempDirectory(const TempDirectory&) = delete;
  TempDirectory& operator=(const TempDirectory&) = delete;
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  /// Writes a file below the directory (parents are made) and gives its full path.
  std::filesystem::path write(const std::string& relative, std::string_view bytes) const;

 private:
  std::filesystem::path path_;
};

}  // namespace millwright::test
