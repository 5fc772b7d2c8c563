#include "io/sse/sse.hpp"

#include <algorithm>
#include <cstring>

namespace millwright::io::sse {
namespace {

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
constexpr std::size_t mark_is_settled = byte_order_mark.size() + 1;

/// The first CR or LF, or npos. Lines are mostly long and end with LF: two fast scans beat one slow one.
std::size_t find_line_end(std::string_view bytes) {
  const std::size_t lf = bytes.find('\n');
  const std::size_t cr = bytes.substr(0, lf).find('\r');
  return cr != std::string_view::npos ? cr : lf;
}

/// Each line of `text`, however its lines end.
template <class Line>
void for_each_line(std::string_view text, Line line) {
  while (true) {
    const std::size_t end = find_line_end(text);
    line(text.substr(0, end));
    if (end == std::string_view::npos) return;
    const bool is_crlf = text[end] == '\r' && end + 1 < text.size() && text[end + 1] == '\n';
    text.remove_prefix(end + (is_crlf ? 2 : 1));
  }
}

}  // namespace

Result<void> Parser::feed(std::string_view bytes) {
  if (has_failed_) return fail(ErrorCode::TooLarge, "the event stream has failed already");
  if (mark_bytes_ != mark_is_settled) skip_byte_order_mark(bytes);
  while (!bytes.empty()) {
    if (skips_lf_) {
      skips_lf_ = false;
      if (bytes.front() == '\n') {
        bytes.remove_prefix(1);
        continue;
      }
    }
    const std::size_t end = find_line_end(bytes);
    const std::string_view piece = bytes.substr(0, end);
    event_bytes_ += piece.size();
    if (event_bytes_ > event_bytes_max_) {
      has_failed_ = true;
      return fail(ErrorCode::TooLarge, "an event of the stream is longer than {} bytes", event_bytes_max_);
    }
    if (end == std::string_view::npos) {
      line_.append(piece);
      return {};
    }
    if (line_.empty()) {
      take_line(piece);
    } else {
      line_.append(piece);
      take_line(line_);
      line_.clear();
    }
    skips_lf_ = bytes[end] == '\r';
    bytes.remove_prefix(end + 1);
  }
  return {};
}

void Parser::skip_byte_order_mark(std::string_view& bytes) {
  while (mark_bytes_ < byte_order_mark.size() && !bytes.empty()) {
    if (bytes.front() != byte_order_mark[mark_bytes_]) {
      // Not a mark: what looked like its beginning is the beginning of the first line.
      line_.assign(byte_order_mark.substr(0, mark_bytes_));
      event_bytes_ = mark_bytes_;
      mark_bytes_ = mark_is_settled;
      return;
    }
    bytes.remove_prefix(1);
    ++mark_bytes_;
  }
  if (mark_bytes_ == byte_order_mark.size()) mark_bytes_ = mark_is_settled;
}

void Parser::take_line(std::string_view line) {
  if (line.empty()) return dispatch();
  const std::size_t colon = line.find(':');
  if (colon == 0) {   // a comment: no part of any event
    event_bytes_ -= line.size();
    return;
  }
  std::string_view value;
  if (colon != std::string_view::npos) {
    value = line.substr(colon + 1);
    if (!value.empty() && value.front() == ' ') value.remove_prefix(1);
  }
  take_field(line.substr(0, colon), value);
}

void Parser::take_field(std::string_view name, std::string_view value) {
  has_field_ = true;
  if (name == "data") {
    if (has_data_) current_.data.push_back('\n');
    current_.data.append(value);
    has_data_ = true;
  } else if (name == "event") {
    current_.name.assign(value);
  } else if (name == "id" && value.find('\0') == std::string_view::npos) {
    current_.id.assign(value);
  }
}

void Parser::dispatch() {
  event_bytes_ = 0;
  has_field_ = false;
  if (has_data_) {
    ready_.push_back(Event{std::move(current_.name), std::move(current_.data), current_.id});
    has_data_ = false;
  }
  current_.name.clear();
  current_.data.clear();
}

bool Parser::next(Event& event) {
  if (read_ == ready_.size()) return false;
  event = std::move(ready_[read_++]);
  if (read_ == ready_.size()) {
    ready_.clear();
    read_ = 0;
  }
  return true;
}

bool Parser::has_partial() const { return has_field_ || !line_.empty(); }

void append_event(std::string& out, std::string_view name, std::string_view data) {
  if (!name.empty()) {
    out.append("event: ");
    // A line break in a name would begin another field.
    for (const char c : name) out.push_back(c == '\r' || c == '\n' ? ' ' : c);
    out.push_back('\n');
  }
  for_each_line(data, [&out](std::string_view line) { out.append("data: ").append(line).push_back('\n'); });
  out.push_back('\n');
}

void append_comment(std::string& out, std::string_view text) {
  for_each_line(text, [&out](std::string_view line) { out.append(": ").append(line).push_back('\n'); });
  out.push_back('\n');
}

}  // namespace millwright::io::sse
