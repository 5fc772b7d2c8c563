// The doctor's checks that need no open factory: they run beside a server, and where none could start.
#pragma once

#include "cli/host.hpp"

namespace millwright::app {

/// With Mend also removes the socket of a process that is gone, makes a missing data directory, and does what
/// api::check_data_directory does. Never migrates.
[[nodiscard]] cli::Examination examine(const cli::Places& places, api::Repair repair);

}  // namespace millwright::app
