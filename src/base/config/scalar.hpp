// Checks and canonical forms of scalar options.
#pragma once

#include <string>
#include <string_view>

#include "base/config/spec.hpp"
#include "base/error.hpp"

namespace millwright::config {

/// `text` in its canonical form ("60s" → "1m"), or what is wrong with it and how to mend it.
[[nodiscard]] Result<std::string> check_scalar(const Spec& spec, std::string_view text);
/// What one writes for such an option, in a few words: "a duration", "one of a, b".
[[nodiscard]] std::string describe_kind(const Spec& spec);
/// Whether YAML readers would take the plain text for something else than text.
[[nodiscard]] bool looks_typed(std::string_view text);

}  // namespace millwright::config
