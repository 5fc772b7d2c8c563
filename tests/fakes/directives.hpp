// What a test writes into a message to tell a scripted provider what to do: "[[name=value]]" or "[[name]]".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace millwright::test {

/// True when `text` holds the directive; `value` is then what stands behind '=', or empty.
[[nodiscard]] bool find_directive(std::string_view text, std::string_view name, std::string& value);
[[nodiscard]] bool has_directive(std::string_view text, std::string_view name);
/// The number behind '=', or `otherwise` when the directive is not there.
[[nodiscard]] std::int64_t number_directive(std::string_view text, std::string_view name, std::int64_t otherwise);

}  // namespace millwright::test
