// Reads multipart/form-data (RFC 7578) from bytes as they arrive, and hands the bytes of each part on at once: however
// large a file is, no more than a boundary and one part's headers are held. How the bytes are cut changes nothing but
// the cuts of what is handed on.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.hpp"

namespace millwright::io::http {

struct MultipartPart {
  std::string name;                       // of the form field, UTF-8
  std::optional<std::string> filename;    // the last segment of what was sent, UTF-8; nothing: not a file
  std::string content_type;               // as sent; empty when none was
};

/// Receives parts in order: begin, data any number of times, end. An error ends the reading with that error.
class MultipartSink {
 public:
  virtual ~MultipartSink() = default;
  [[nodiscard]] virtual Result<void> begin(const MultipartPart& part) = 0;
  /// Never empty; the bytes are gone after the call.
  [[nodiscard]] virtual Result<void> data(std::string_view bytes) = 0;
  [[nodiscard]] virtual Result<void> end() = 0;
};

struct MultipartLimits {
  std::size_t parts_max = 64;
  std::size_t head_bytes_max = 8u << 10;        // of one part's headers
  std::size_t preamble_bytes_max = 8u << 10;    // before the first boundary
};

/// The boundary that a Content-Type of multipart/form-data names; InvalidInput for other types and bad boundaries.
[[nodiscard]] Result<std::string> multipart_boundary(std::string_view content_type);

/// One parser reads one body. Errors are InvalidInput or TooLarge with the byte where reading stopped, or the sink's
/// own; they are final.
class MultipartParser {
 public:
  /// `sink` outlives the parser.
  MultipartParser(std::string_view boundary, MultipartSink& sink, MultipartLimits limits = {});

  [[nodiscard]] Result<void> feed(std::string_view bytes);
  /// After the last byte: InvalidInput when the closing boundary has not come.
  [[nodiscard]] Result<void> finish();
  /// The closing boundary has been read; what still comes is ignored.
  [[nodiscard]] bool is_done() const { return state_ == State::Done; }

 private:
  enum class State : std::uint8_t { Preamble, Delimiter, Head, Data, Done };
  enum class Step : std::uint8_t { More, Again };   // more bytes are needed, or what is held can be read on

  [[nodiscard]] Result<Step> read();
  [[nodiscard]] Result<Step> read_until_delimiter();
  [[nodiscard]] Result<Step> read_delimiter_end();
  [[nodiscard]] Result<Step> read_head();
  [[nodiscard]] Result<void> begin_part(std::string_view head);
  [[nodiscard]] Result<void> pass_on(std::size_t size);
  void take(std::size_t size);
  [[nodiscard]] std::unexpected<Error> refuse(ErrorCode code, std::string message) const;

  MultipartSink& sink_;
  MultipartLimits limits_;
  std::string delimiter_;         // "\r\n--boundary"
  std::string held_;
  std::size_t read_ = 0;          // of held_, not yet cut off
  std::uint64_t position_ = 0;    // of the body: where what is held begins
  std::size_t preamble_bytes_ = 0;
  std::size_t parts_ = 0;
  std::size_t line_end_left_ = 0;  // of the line end before a part's bytes, not yet cut off
  State state_ = State::Preamble;
};

}  // namespace millwright::io::http
