// Golden files: what a translation gives today, beside what it gave when somebody last looked at it.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"

namespace millwright::test {

/// The cases below tests/golden/`folder` whose names end in `ending`, as in "anthropic/requests" and ".json"; sorted.
/// An empty or missing folder fails the running test.
[[nodiscard]] std::vector<std::filesystem::path> golden_cases(std::string_view folder, std::string_view ending);
/// A whole file; a missing one fails the running test.
[[nodiscard]] std::string read_golden_case(const std::filesystem::path& file);
/// JSON with one member a line, in the order of the value: so that a change reads well.
[[nodiscard]] std::string render_indented(const json::value& value);
/// Fails the running test when `actual` is not what `<case without its ending>.<dialect>.golden` holds. With
/// MILLWRIGHT_REWRITE_GOLDEN=1 in the environment the file is written instead.
void expect_golden(const std::filesystem::path& file, std::string_view dialect, std::string_view actual);

}  // namespace millwright::test
