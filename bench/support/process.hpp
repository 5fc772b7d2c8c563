// Servers under measurement: started by the benchmark, their CPU time and memory read from /proc, stopped at the end.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

namespace millwright::bench {

class Process {
 public:
  /// Starts a program with its output discarded. `ready_marker`: waits for a line on its standard output that begins
  /// with it and keeps the rest in ready(). Throws std::runtime_error when it ends first.
  Process(std::vector<std::string> arguments, const std::string& ready_marker = {});
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  [[nodiscard]] pid_t pid() const { return pid_; }
  [[nodiscard]] const std::string& ready() const { return ready_; }
  /// User and system time of the process and its children, in microseconds.
  [[nodiscard]] std::int64_t cpu_us() const;
  [[nodiscard]] double resident_mb() const;

 private:
  pid_t pid_ = -1;
  int input_ = -1;
  int output_ = -1;
  std::string ready_;
};

/// A port nobody listens on right now.
[[nodiscard]] std::uint16_t free_port();
/// Waits until something listens; throws after 10 s.
void wait_for_port(std::uint16_t port);
/// Runs a command to its end and gives its standard output; throws when it fails.
[[nodiscard]] std::string run(const std::vector<std::string>& arguments);
/// Directory of the executables of this build.
[[nodiscard]] std::string build_directory();

}  // namespace millwright::bench
