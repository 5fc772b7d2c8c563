// Server-sent events (WHATWG HTML, section 9.2), both ways, independent of how bytes are cut.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/error.hpp"

namespace millwright::io::sse {

struct Event {
  std::string name;    // "event:", empty when not given
  std::string data;    // "data:" lines joined by '\n'
  std::string id;
};

/// Reassembles events from any cutting of the byte stream (CR, LF, CRLF, BOM, comments, multi-line data).
class Parser {
 public:
  explicit Parser(std::size_t event_bytes_max = 8u << 20) : event_bytes_max_(event_bytes_max) {}
  /// Feeds bytes; then call next until it gives false.
  [[nodiscard]] Result<void> feed(std::string_view bytes);
  /// Moves the next complete event out. Comments and events without data are skipped.
  [[nodiscard]] bool next(Event& event);
  /// True when bytes of an unfinished event are left: the stream ended early.
  [[nodiscard]] bool has_partial() const;

 private:
  std::size_t event_bytes_max_;
  std::string buffer_;
  std::size_t read_ = 0;
  bool is_start_ = true;
};

/// Appends "event: …\ndata: …\n\n" to `out`; data with newlines becomes several data lines.
void append_event(std::string& out, std::string_view name, std::string_view data);
/// Appends ": text\n\n".
void append_comment(std::string& out, std::string_view text);

}  // namespace millwright::io::sse
