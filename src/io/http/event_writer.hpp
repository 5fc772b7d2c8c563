// Server-sent events on an exchange, with a sign of life while nothing else is said: clients and proxies close what has
// been silent for long.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "io/http/server.hpp"
#include "io/loop/task.hpp"

namespace millwright::io::http {

/// Belongs to one exchange and its loop. Once start was called, stop or finish is awaited before the exchange goes.
class EventWriter {
 public:
  /// `heartbeat` is written, as it stands, after every `interval` without anything else.
  EventWriter(Exchange& exchange, std::string heartbeat, std::chrono::milliseconds interval);
  ~EventWriter();
  EventWriter(const EventWriter&) = delete;
  EventWriter& operator=(const EventWriter&) = delete;

  /// Sends the head with the headers of an event stream. Cancelled when the client has gone, as for write and finish.
  [[nodiscard]] Task<Result<void>> start(Response head);
  /// Whole events; never mixed with a heartbeat.
  [[nodiscard]] Task<Result<void>> write(std::string_view events);
  /// No further heartbeat; returns when none is being written. Harmless when it never began or has stopped.
  [[nodiscard]] Task<void> stop();
  /// stop, and the clean end of the stream.
  [[nodiscard]] Task<Result<void>> finish();

 private:
  struct State;
  static Task<void> beat(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;
};

}  // namespace millwright::io::http
