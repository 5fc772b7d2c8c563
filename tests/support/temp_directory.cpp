#include "tests/support/temp_directory.hpp"

#include <cstdlib>
#include <fstream>
#include <stdexcept>

namespace millwright::test {

TempDirectory::TempDirectory() {
  std::string name = (std::filesystem::temp_directory_path() / "millwright-test-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("cannot make " + name);
  path_ = name;
}

TempDirectory::~TempDirectory() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::filesystem::path TempDirectory::write(const std::string& relative, std::string_view bytes) const {
  const auto full = path_ / relative;
  std::filesystem::create_directories(full.parent_path());
  std::ofstream(full, std::ios::binary) << bytes;
  return full;
}

}  // namespace millwright::test
