// Joins the command line to the program: what `serve`, `demo` and commands without a server run.
#pragma once

#include <string>

#include "cli/host.hpp"

namespace millwright::app {

/// `program`: this executable, for sandboxed children.
[[nodiscard]] cli::Host make_host(const std::string& program);
/// Path of this executable as the kernel knows it; `fallback` where it does not say.
[[nodiscard]] std::string own_program(const char* fallback);

}  // namespace millwright::app
