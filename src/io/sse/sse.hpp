// Server-sent events (WHATWG HTML, section 9.2), both ways, independent of how bytes are cut.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace millwright::io::sse {

struct Event {
  std::string name;    // "event:", empty when not given
  std::string data;    // "data:" lines joined by '\n'
  std::string id;      // the last "id:" of the stream so far
};

/// Reassembles events from any cutting of the byte stream (CR, LF, CRLF, BOM, comments, multi-line data).
class Parser {
 public:
  explicit Parser(std::size_t event_bytes_max = 8u << 20) : event_bytes_max_(event_bytes_max) {}
  /// Feeds bytes; then call next until it gives false. TooLarge when one event grows beyond the limit; final.
  [[nodiscard]] Result<void> feed(std::string_view bytes);
  /// Moves the next complete event out. Comments and events without data are skipped.
  [[nodiscard]] bool next(Event& event);
  /// True when bytes of an unfinished event are left: the stream ended early.
  [[nodiscard]] bool has_partial() const;

 private:
  void skip_byte_order_mark(std::string_view& bytes);
  void take_line(std::string_view line);
  void take_field(std::string_view name, std::string_view value);
  void dispatch();

  std::size_t event_bytes_max_;
  std::string line_;               // the start of a line that is not complete
  Event current_;
  std::size_t event_bytes_ = 0;    // of all lines of the current event so far
  bool has_data_ = false;
  bool has_field_ = false;
  bool skips_lf_ = false;          // the last byte was CR: an LF that follows belongs to it
  bool has_failed_ = false;
  std::size_t mark_bytes_ = 0;     // of the byte order mark seen; beyond 3: looked for no more
  std::vector<Event> ready_;
  std::size_t read_ = 0;           // of ready_
};

/// Appends "event: …\ndata: …\n\n" to `out`; data with newlines becomes several data lines.
void append_event(std::string& out, std::string_view name, std::string_view data);
/// Appends ": text\n\n".
void append_comment(std::string& out, std::string_view text);

}  // namespace millwright::io::sse
