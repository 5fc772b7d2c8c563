// Ctrl-C as a request to stop, so that what was begun can be ended in order.
#pragma once

#include <csignal>
#include <stop_token>
#include <thread>

namespace millwright::cli {

/// While it lives, the first SIGINT or SIGTERM requests a stop instead of ending the process; the second ends it. Make
/// it before any thread.
class Interrupt {
 public:
  Interrupt();
  ~Interrupt();
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;
  [[nodiscard]] std::stop_token token() const { return source_.get_token(); }

 private:
  std::stop_source source_;
  sigset_t before_{};
  int signals_ = -1, end_ = -1;
  std::thread thread_;
};

}  // namespace millwright::cli
