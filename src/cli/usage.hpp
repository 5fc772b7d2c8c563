// Command lines that cannot be run: what is wrong, and what was probably meant.
#pragma once

#include <optional>
#include <string>

#include "cli/command.hpp"

namespace millwright::cli {

struct UsageFault {
  std::string message, fix;
};

/// Words that name no command, and options that the command does not have. Values of options are not taken for words.
[[nodiscard]] std::optional<UsageFault> find_usage_fault(const Commands& commands, int count,
                                                         const char* const* arguments);

}  // namespace millwright::cli
