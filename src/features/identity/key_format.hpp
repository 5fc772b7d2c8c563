// The text form of an API key: "mw_", thirty random base62 digits (178 bits), six of a CRC-32 over what stands before.
#pragma once

#include <string>
#include <string_view>

namespace millwright::identity {

[[nodiscard]] std::string make_key_secret();
/// "mw_…x7Qa"
[[nodiscard]] std::string key_hint(std::string_view secret);

}  // namespace millwright::identity
