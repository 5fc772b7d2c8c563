#include "tests/support/repository.hpp"

#include <stdexcept>

namespace millwright::test {

std::filesystem::path repository() {
  const auto executable = std::filesystem::read_symlink("/proc/self/exe");
  for (auto folder = executable.parent_path(); folder != folder.parent_path(); folder = folder.parent_path()) {
    if (std::filesystem::exists(folder / "CMakePresets.json")) return folder;
  }
  throw std::runtime_error(executable.string() + " does not lie within a checkout");
}

}  // namespace millwright::test
