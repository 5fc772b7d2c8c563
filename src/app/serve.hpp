// The server in the foreground: opens the factory, says when it is ready, follows signals until asked to stop.
#pragma once

#include "app/factory.hpp"

namespace millwright::app {

/// Blocks the signals that wait_for_stop waits for, in this thread and all it starts: call first of all.
void block_signals();
/// SIGHUP reloads; returns at SIGTERM or SIGINT.
void wait_for_stop(Factory& factory);

/// Exit code: 0 after a stop, 78 for a bad configuration (do not restart), 1 otherwise. Logs on stderr; prints
/// "ready http://HOST:PORT" on stdout once it serves.
[[nodiscard]] int run_server(FactoryOptions options);
/// The same code for whatever keeps the factory from opening.
[[nodiscard]] int report_failed_start(const Error& error);
/// Logs go to stderr; `level` is one of trace, debug, info, warn, error.
void set_up_logs(std::string_view level);

}  // namespace millwright::app
