// The number of files and sockets that the process may hold open.
#pragma once

#include <cstdint>

namespace millwright::app {

/// Raises the soft limit towards `wanted`, as far as the system lets this user go; says so in the log when that is not
/// far enough. Shells and service managers give 1,024 by default, which some 500 streams would use up.
void allow_open_files(std::int64_t wanted);

}  // namespace millwright::app
