#include "extensions/parsers/pdf_streams.hpp"

#include <algorithm>
#include <array>

#include <zlib.h>

#include "base/time.hpp"

namespace millwright::extensions {

namespace {

constexpr std::size_t dictionary_bytes_max = 2048;   // looked at before the word "stream"

/// How far a Flate stream expands, counted up to `limit`. Broken data counts as far as it went.
std::uint64_t expanded_bytes(std::string_view data, std::uint64_t limit) {
  z_stream stream{};
  if (inflateInit(&stream) != Z_OK) return 0;
  std::array<unsigned char, 64 * 1024> out;
  stream.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(data.data()));
  stream.avail_in = static_cast<uInt>(std::min<std::size_t>(data.size(), UINT32_MAX));
  std::uint64_t total = 0;
  int status = Z_OK;
  while (status == Z_OK && total <= limit) {
    stream.next_out = out.data();
    stream.avail_out = out.size();
    status = inflate(&stream, Z_NO_FLUSH);
    total += out.size() - stream.avail_out;
  }
  inflateEnd(&stream);
  return total;
}

}  // namespace

Result<void> check_streams(std::string_view pdf, std::uint64_t expanded_bytes_max) {
  std::uint64_t total = 0;
  std::size_t last = 0;
  for (std::size_t at = pdf.find("stream"); at != std::string_view::npos; at = pdf.find("stream", at + 6)) {
    if (at >= 3 && pdf.substr(at - 3, 3) == "end") continue;
    const std::size_t from = std::max(last, at > dictionary_bytes_max ? at - dictionary_bytes_max : 0);
    std::string_view dictionary = pdf.substr(from, at - from);
    if (const std::size_t object = dictionary.rfind(" obj"); object != std::string_view::npos) {
      dictionary.remove_prefix(object);
    }
    last = at + 6;
    const bool is_flate = dictionary.find("/FlateDecode") != std::string_view::npos ||
                          dictionary.find("/Fl ") != std::string_view::npos;
    if (!is_flate || dictionary.find("/Image") != std::string_view::npos) continue;
    std::size_t start = at + 6;
    if (start < pdf.size() && pdf[start] == '\r') ++start;
    if (start < pdf.size() && pdf[start] == '\n') ++start;
    total += expanded_bytes(pdf.substr(start), expanded_bytes_max - total);
    if (total > expanded_bytes_max) {
      auto refused = fail(ErrorCode::TooLarge, "compressed streams expand to more than {}",
                          render_size(expanded_bytes_max));
      refused.error().rule = "parse.expanded_bytes_max";
      return refused;
    }
  }
  return {};
}

}  // namespace millwright::extensions
