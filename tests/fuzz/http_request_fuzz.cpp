// Fuzzes the request parser: whatever the bytes and however they are cut, it never crashes, and every cutting ends in
// the same verdict and the same request.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "io/http/request_parser.hpp"

namespace {

using millwright::io::http::Request;
using millwright::io::http::RequestLimits;
using millwright::io::http::RequestParser;

struct Outcome {
  RequestParser::Step step = RequestParser::Step::NeedMore;
  Request request;
};

/// Feeds `piece` bytes more at a time, keeping what the parser did not take, as a connection does.
Outcome parse_in_pieces(std::string_view bytes, std::size_t piece) {
  Outcome outcome;
  const RequestLimits limits{.header_bytes_max = 4096, .body_bytes_max = 65536, .field_count_max = 64};
  RequestParser parser(outcome.request, limits);
  std::size_t begin = 0;
  std::size_t end = 0;
  while (outcome.step == RequestParser::Step::NeedMore && end < bytes.size()) {
    end = std::min(bytes.size(), end + piece);
    std::size_t taken = 0;
    outcome.step = parser.feed(bytes.substr(begin, end - begin), taken);
    begin += taken;
  }
  return outcome;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > (16u << 10)) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const Outcome whole = parse_in_pieces(bytes, bytes.size() + 1);
  const Outcome cut = parse_in_pieces(bytes, 1);
  if (whole.step == RequestParser::Step::Complete) {
    const bool is_same = cut.step == whole.step && cut.request.path == whole.request.path &&
                         cut.request.query == whole.request.query && cut.request.body == whole.request.body &&
                         cut.request.headers.size() == whole.request.headers.size();
    if (!is_same) std::abort();
    if (whole.request.path.find("/../") != std::string::npos) std::abort();
  }
  return 0;
}
