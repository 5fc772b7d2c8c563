// One connection to an upstream, and the pool of those that wait for their next request.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "io/http/cancellation.hpp"
#include "io/http/read_buffer.hpp"
#include "io/http/wire.hpp"

namespace millwright::io::http {

class ClientConnection;

/// The connections of one loop to one origin.
struct OriginPool {
  std::size_t open = 0;                                  // idle and in use
  std::vector<std::unique_ptr<ClientConnection>> idle;   // the last used is at the back
};

/// Counts itself in its pool, which outlives it.
class ClientConnection {
 public:
  ClientConnection(Wire::Socket socket, Ticker& ticker, OriginPool& pool)
      : wire(std::move(socket), ticker), pool_(pool), hook_(on_cancelled, this) {
    ++pool_.open;
  }
  ~ClientConnection() { --pool_.open; }
  ClientConnection(const ClientConnection&) = delete;
  ClientConnection& operator=(const ClientConnection&) = delete;

  /// From now on the cancellation interrupts the wire.
  void obey(std::shared_ptr<Cancellation::State> cancellation) { hook_.attach(std::move(cancellation)); }
  void obey_nobody() { hook_.detach(); }
  [[nodiscard]] OriginPool& pool() { return pool_; }
  /// An idle connection is usable when its peer neither closed nor spoke out of turn.
  [[nodiscard]] bool is_quiet() { return buffer.is_empty() && wire.peek() == PeerState::Quiet; }

  Wire wire;
  ReadBuffer buffer;
  std::chrono::steady_clock::time_point idle_since;
  bool is_reused = false;

 private:
  static void on_cancelled(void* self) {
    static_cast<ClientConnection*>(self)->wire.interrupt(Interruption::Cancelled);
  }

  OriginPool& pool_;
  CancellationHook hook_;
};

}  // namespace millwright::io::http
