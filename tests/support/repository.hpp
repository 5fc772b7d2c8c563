// The checkout a test runs from, for tests that read files of the repository itself.
#pragma once

#include <filesystem>

namespace millwright::test {

/// The folder that holds CMakePresets.json, searched upwards from the test's executable: wherever the test was started,
/// and however the compiler was told to write paths. Throws std::runtime_error outside a checkout.
[[nodiscard]] std::filesystem::path repository();

}  // namespace millwright::test
