// One file of the web console as it lies in the executable.
#pragma once

#include <cstddef>
#include <string_view>

namespace millwright::app {

struct ConsoleAsset {
  std::string_view path;        // "/assets/index-5f3a.js"
  std::string_view media_type;
  std::string_view etag;        // quoted SHA-256 of these bytes
  bool is_gzip = false;         // the bytes are the gzip form of the file
  const unsigned char* bytes = nullptr;
  std::size_t size = 0;

  [[nodiscard]] std::string_view text() const { return {reinterpret_cast<const char*>(bytes), size}; }
};

}  // namespace millwright::app
