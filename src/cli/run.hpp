// The command line: reads it, finds the command, runs it, turns errors into messages and exit codes.
#pragma once

#include "cli/command.hpp"
#include "cli/host.hpp"

namespace millwright::cli {

/// 0 ok · 1 failure · 2 usage · 3 invalid configuration · 4 authentication · 5 not found · 6 conflict · 7 blocked by
/// policy, budget or gate · 8 pending · 9 partial · 10 changes present · 78 server: bad configuration.
[[nodiscard]] int run(int count, const char* const* arguments, const Host& host);

}  // namespace millwright::cli
