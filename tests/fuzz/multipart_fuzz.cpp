// Fuzzes the multipart parser: whatever the bytes and however they are cut, it never crashes, and every cutting ends in
// the same verdict and, where that is good, the same parts.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "io/http/multipart.hpp"

namespace {

using millwright::Result;
using millwright::io::http::MultipartParser;
using millwright::io::http::MultipartPart;
using millwright::io::http::MultipartSink;

class Collector final : public MultipartSink {
 public:
  Result<void> begin(const MultipartPart& part) override {
    text += "\1" + part.name + "\2" + part.filename.value_or("\3") + "\2" + part.content_type + "\2";
    return {};
  }
  Result<void> data(std::string_view bytes) override {
    if (bytes.empty()) std::abort();
    text += bytes;
    return {};
  }
  Result<void> end() override {
    text += "\4";
    return {};
  }
  std::string text;
};

bool read_in_pieces(std::string_view bytes, std::size_t piece, std::string& text) {
  Collector collector;
  MultipartParser parser("b", collector, {.parts_max = 4, .head_bytes_max = 256, .preamble_bytes_max = 64});
  bool is_good = true;
  for (std::size_t at = 0; is_good && at < bytes.size(); at += piece) {
    is_good = parser.feed(bytes.substr(at, piece)).has_value();
  }
  is_good = is_good && parser.finish().has_value();
  text = std::move(collector.text);
  return is_good;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > (8u << 10)) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  std::string whole, cut, cut_by_three;
  const bool is_good = read_in_pieces(bytes, bytes.size() + 1, whole);
  if (read_in_pieces(bytes, 1, cut) != is_good || read_in_pieces(bytes, 3, cut_by_three) != is_good) std::abort();
  if (is_good && (whole != cut || whole != cut_by_three)) std::abort();
  // The Content-Type comes from outside as well.
  (void)millwright::io::http::multipart_boundary(bytes);
  return 0;
}
