// The events of responses that run in the background and are streamed: kept while the call runs and for a while after
// it, so that a client that lost its connection can go on where it was.
#pragma once

#include <deque>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"

namespace millwright::api::openai {

/// Events of one response as they go over the wire, numbered from 0 without gaps. Thread-safe.
class ResponseLog {
 public:
  static constexpr std::size_t bytes_max = 32u << 20;

  struct Piece {
    std::string events;      // whole ones, some 64 KiB at most
    std::size_t next = 0;    // where to go on
    bool is_closed = false;  // nothing follows
  };
  /// Beyond `bytes_max` nothing more is kept, and who follows is told the end.
  void append(std::string event);
  void close();
  [[nodiscard]] Piece read(std::size_t from) const;

  /// `wake` is called, from any thread, whenever something has been appended; it must not block nor call back.
  std::size_t watch(std::function<void()> wake);
  void unwatch(std::size_t watcher);
  [[nodiscard]] std::size_t bytes() const;

 private:
  void wake_all() const;

  mutable std::mutex mutex_;
  std::deque<std::string> events_;
  std::size_t bytes_ = 0;
  bool is_closed_ = false;
  std::map<std::size_t, std::function<void()>> watchers_;
  std::size_t last_watcher_ = 0;
};

/// The logs of this process by the ids of their responses. Thread-safe.
class ResponseLogs {
 public:
  static constexpr std::size_t bytes_max = 128u << 20;   // of all that have ended, together
  static constexpr Duration kept_for{10 * 60'000};        // after the end

  [[nodiscard]] std::shared_ptr<ResponseLog> open(const std::string& id);
  /// The log of a response, running or ended not long ago; nothing otherwise.
  [[nodiscard]] std::shared_ptr<ResponseLog> find(std::string_view id, Timestamp now);
  /// The response has ended: its log is closed, and dropped when its time is over or others need the room.
  void end(std::string_view id, Timestamp now);

 private:
  struct Ended {
    std::string id;
    Timestamp time;
    std::size_t bytes = 0;
  };
  void drop_first();
  void drop_before(Timestamp time);

  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<ResponseLog>, std::less<>> logs_;
  std::list<Ended> ended_;  // the oldest first
  std::size_t ended_bytes_ = 0;
};

}  // namespace millwright::api::openai
