// Calls that nobody waits for: begun by a request, run to their end on a loop though its connection has gone, and ended
// early when asked to.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "features/gateway/chat.hpp"
#include "io/loop/runtime.hpp"
#include "io/loop/task.hpp"

namespace millwright::gateway {

class Gateway;

/// Thread-safe. Gateway and runtime outlive it; `stop` before they go.
class BackgroundCalls {
 public:
  using Done = std::function<io::Task<void>(ChatOutcome)>;
  static constexpr std::size_t calls_max = 256;  // at once

  BackgroundCalls(io::Runtime& runtime, Gateway& gateway) : runtime_(runtime), gateway_(gateway) {}
  BackgroundCalls(const BackgroundCalls&) = delete;
  BackgroundCalls& operator=(const BackgroundCalls&) = delete;

  /// Takes a place, so that a call that is promised can also run; Unavailable with retry_after when all are taken.
  [[nodiscard]] Result<void> reserve(const std::string& id);
  /// Gives the place of a call back that will not run after all.
  void release(const std::string& id);
  /// Runs `call` in the place of `id`; `done` has the outcome, on the same loop. On a loop thread.
  void start(const std::string& id, ChatCall call, Done done);
  /// Ends the call as its caller's leaving would; false when no such call runs here.
  bool cancel(std::string_view id);
  [[nodiscard]] std::size_t running() const;
  /// Takes no more, lets what runs end within `grace`, then cancels it and waits for its settlement.
  void stop(Duration grace);

 private:
  struct Run;
  io::Task<void> run(std::shared_ptr<Run> run, ChatCall call, Done done);
  static io::Task<void> cancel_on_loop(std::shared_ptr<Run> run);

  io::Runtime& runtime_;
  Gateway& gateway_;
  mutable std::mutex mutex_;
  std::condition_variable ended_;
  std::map<std::string, std::shared_ptr<Run>, std::less<>> runs_;
  bool is_stopping_ = false;
  std::atomic<std::uint32_t> next_loop_{0};
};

}  // namespace millwright::gateway
