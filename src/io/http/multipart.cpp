#include "io/http/multipart.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "io/http/media_type.hpp"

namespace millwright::io::http {
namespace {

constexpr std::size_t boundary_bytes_max = 70;       // RFC 2046, section 5.1.1
constexpr std::size_t padding_bytes_max = 256;       // white space after a boundary
constexpr std::size_t name_bytes_max = 1'024;

bool is_boundary_character(char c) {
  const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  return is_letter || std::string_view("'()+_,-./:=? ").find(c) != std::string_view::npos;
}

std::unexpected<Error> bad_type(std::string message) {
  Error error;
  error.code = ErrorCode::InvalidInput;
  error.message = std::move(message);
  error.where.field = "Content-Type";
  error.fix = "Send multipart/form-data; boundary=… as HTTP libraries write it.";
  return std::unexpected(std::move(error));
}

/// Browsers of old sent whole paths.
std::string last_segment(std::string_view name) {
  const auto slash = name.find_last_of("/\\");
  return std::string(slash == std::string_view::npos ? name : name.substr(slash + 1));
}

bool is_text(std::string_view name) {
  return name.size() <= name_bytes_max && !first_invalid_utf8(name) &&
         std::ranges::none_of(name, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

/// What one part's headers say; an error has no place yet.
Result<MultipartPart> part_of(const ParameterizedValue& disposition, std::string_view content_type) {
  if (disposition.value != "form-data") {
    return fail(ErrorCode::InvalidInput, "the Content-Disposition of a part must be form-data");
  }
  const auto* name = disposition.find("name");
  if (name == nullptr || name->empty()) return fail(ErrorCode::InvalidInput, "a part has no name");
  if (!is_text(*name)) return fail(ErrorCode::InvalidInput, "the name of a part is no UTF-8 text, or too long");
  MultipartPart part;
  part.name = *name;
  part.content_type = content_type;
  const auto* extended = disposition.find("filename*");
  const auto* plain = disposition.find("filename");
  if (extended != nullptr) {
    auto decoded = decode_extended_value(*extended);
    if (!decoded) return pass(decoded);
    part.filename = last_segment(*decoded);
  } else if (plain != nullptr) {
    part.filename = last_segment(*plain);
  }
  if (part.filename && !is_text(*part.filename)) {
    return fail(ErrorCode::InvalidInput, "the file name of the part {} is no UTF-8 text, or too long", part.name);
  }
  return part;
}

bool is_identity(std::string_view encoding) {
  return equal_ignoring_case(encoding, "7bit") || equal_ignoring_case(encoding, "8bit") ||
         equal_ignoring_case(encoding, "binary");
}

/// "Name: value" lines of one part.
Result<MultipartPart> parse_head(std::string_view head) {
  std::optional<ParameterizedValue> disposition;
  std::string content_type;
  while (!head.empty()) {
    const auto end = std::min(head.find("\r\n"), head.size());
    const auto line = head.substr(0, end);
    head.remove_prefix(std::min(end + 2, head.size()));
    const auto colon = line.find(':');
    if (colon == std::string_view::npos || colon == 0 || line.find_first_of("\r\n") != std::string_view::npos) {
      return fail(ErrorCode::InvalidInput, "a header of a part is not of the form name: value");
    }
    const auto name = trimmed(line.substr(0, colon));
    const auto value = trimmed(line.substr(colon + 1));
    if (equal_ignoring_case(name, "content-disposition")) {
      if (disposition) return fail(ErrorCode::InvalidInput, "a part has two Content-Dispositions");
      auto parsed = parse_parameterized(value);
      if (!parsed) return pass(parsed);
      disposition = std::move(*parsed);
    } else if (equal_ignoring_case(name, "content-type")) {
      content_type = to_valid_utf8(value);
    } else if (equal_ignoring_case(name, "content-transfer-encoding") && !is_identity(value)) {
      return fail(ErrorCode::InvalidInput, "a part is sent in a transfer encoding; send its bytes as they are");
    }
  }
  if (!disposition) return fail(ErrorCode::InvalidInput, "a part has no Content-Disposition");
  return part_of(*disposition, content_type);
}

}  // namespace

Result<std::string> multipart_boundary(std::string_view content_type) {
  auto type = parse_parameterized(content_type);
  if (!type) return bad_type("the Content-Type cannot be read: " + type.error().message);
  if (type->value != "multipart/form-data") return bad_type("the body must be multipart/form-data");
  const auto* boundary = type->find("boundary");
  if (boundary == nullptr) return bad_type("the Content-Type names no boundary");
  if (boundary->empty() || boundary->size() > boundary_bytes_max || boundary->back() == ' ' ||
      !std::ranges::all_of(*boundary, is_boundary_character)) {
    return bad_type("the boundary must be 1 to 70 of the characters that RFC 2046 allows");
  }
  return *boundary;
}

MultipartParser::MultipartParser(std::string_view boundary, MultipartSink& sink, MultipartLimits limits)
    : sink_(sink), limits_(limits), delimiter_("\r\n--") {
  delimiter_ += boundary;
  held_ = "\r\n";   // the first boundary may stand at the very beginning
}

std::unexpected<Error> MultipartParser::refuse(ErrorCode code, std::string message) const {
  Error error;
  error.code = code;
  error.message = std::move(message);
  error.where.source = "request body";
  error.where.byte = position_ > 2 ? position_ - 2 : 0;   // without the line end that was put before the body
  return std::unexpected(std::move(error));
}

void MultipartParser::take(std::size_t size) {
  read_ += size;
  position_ += size;
}

Result<void> MultipartParser::feed(std::string_view bytes) {
  if (state_ == State::Done) return {};
  held_.append(bytes);
  while (state_ != State::Done) {
    auto step = read();
    if (!step) return pass(step);
    if (*step == Step::More) break;
  }
  if (state_ == State::Done) held_.clear(), read_ = 0;
  held_.erase(0, read_);
  read_ = 0;
  return {};
}

Result<void> MultipartParser::finish() {
  if (state_ == State::Done) return {};
  return refuse(ErrorCode::InvalidInput, state_ == State::Preamble
                                             ? "the body holds no part: the boundary of the Content-Type does not occur"
                                             : "the body ends before its closing boundary");
}

Result<MultipartParser::Step> MultipartParser::read() {
  switch (state_) {
    case State::Preamble:
    case State::Data: return read_until_delimiter();
    case State::Delimiter: return read_delimiter_end();
    case State::Head: return read_head();
    case State::Done: break;
  }
  return Step::More;
}

Result<void> MultipartParser::pass_on(std::size_t size) {
  const auto skipped = std::min(size, line_end_left_);
  line_end_left_ -= skipped;
  take(skipped);
  size -= skipped;
  if (size == 0) return {};
  if (state_ == State::Data) {
    auto taken = sink_.data(std::string_view(held_).substr(read_, size));
    if (!taken) return taken;
  } else {
    preamble_bytes_ += size;
    if (preamble_bytes_ > limits_.preamble_bytes_max) {
      return refuse(ErrorCode::TooLarge, "too much stands before the first boundary");
    }
  }
  take(size);
  return {};
}

Result<MultipartParser::Step> MultipartParser::read_until_delimiter() {
  const auto held = std::string_view(held_).substr(read_);
  for (auto at = held.find(delimiter_); at != std::string_view::npos; at = held.find(delimiter_, at + 1)) {
    const auto after = at + delimiter_.size();
    if (after == held.size()) {   // what follows decides whether this is a boundary
      auto passed = pass_on(at);
      if (!passed) return pass(passed);
      return Step::More;
    }
    // A line that only begins like the boundary belongs to the part.
    if (std::string_view(" \t\r-").find(held[after]) == std::string_view::npos) continue;
    auto passed = pass_on(at);
    if (!passed) return pass(passed);
    if (state_ == State::Data) {
      auto ended = sink_.end();
      if (!ended) return pass(ended);
    }
    take(delimiter_.size());
    line_end_left_ = 0;
    state_ = State::Delimiter;
    return Step::Again;
  }
  // The end of what is held may be the beginning of a boundary.
  const auto kept = std::min(held.size(), delimiter_.size());
  auto passed = pass_on(held.size() - kept);
  if (!passed) return pass(passed);
  return Step::More;
}

Result<MultipartParser::Step> MultipartParser::read_delimiter_end() {
  const auto held = std::string_view(held_).substr(read_);
  if (held.size() < 2) return Step::More;
  if (held.starts_with("--")) {
    take(2);
    state_ = State::Done;
    return Step::Again;
  }
  const auto end = held.find_first_not_of(" \t");
  if (std::min(end, held.size()) > padding_bytes_max) {
    return refuse(ErrorCode::InvalidInput, "a boundary is followed by too much white space");
  }
  if (end == std::string_view::npos || end + 1 == held.size()) return Step::More;
  if (held.substr(end, 2) != "\r\n") {
    return refuse(ErrorCode::InvalidInput, "a boundary is followed by something else than a line end");
  }
  if (parts_ == limits_.parts_max) {
    return refuse(ErrorCode::TooLarge, fmt::format("the body has more than {} parts", limits_.parts_max));
  }
  ++parts_;
  take(end);   // the line end stays: a part without headers begins with two
  state_ = State::Head;
  return Step::Again;
}

Result<MultipartParser::Step> MultipartParser::read_head() {
  const auto held = std::string_view(held_).substr(read_);
  const auto end = held.find("\r\n\r\n");
  const auto size = end != std::string_view::npos ? end : held.size() - std::min<std::size_t>(3, held.size());
  if (size > limits_.head_bytes_max) {
    return refuse(ErrorCode::TooLarge,
                  fmt::format("the headers of a part are longer than {} bytes", limits_.head_bytes_max));
  }
  if (end == std::string_view::npos) return Step::More;
  auto begun = begin_part(held.substr(std::min<std::size_t>(2, end), end - std::min<std::size_t>(2, end)));
  if (!begun) return pass(begun);
  take(end + 2);   // the empty line's own end may begin the next boundary: a part may have no body at all
  line_end_left_ = 2;
  state_ = State::Data;
  return Step::Again;
}

Result<void> MultipartParser::begin_part(std::string_view head) {
  auto part = parse_head(head);
  if (!part) return refuse(part.error().code, std::move(part.error().message));
  return sink_.begin(*part);
}

}  // namespace millwright::io::http
