// Fuzzes what may be passed on: a path that is taken reads the same however often it is decoded, and stays below its
// root.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "features/gateway/passthrough.hpp"
#include "io/http/target.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace millwright;
  if (size > 4096) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  (void)gateway::query_without_secrets(bytes);
  (void)gateway::matches_path(bytes.substr(0, size / 2), io::http::Method::Post, bytes.substr(size / 2));
  if (!gateway::find_path_fault(bytes).empty()) return 0;
  for (const char c : bytes) {
    if (c <= 0x20 || c >= 0x7f || c == '\\') std::abort();
  }
  std::string once, query, twice;
  if (io::http::parse_target(bytes, once, query))
    return 0;  // not UTF-8 once it is decoded: the server refuses it before
  if (!query.empty() || once.find("//") != std::string::npos || once.find("/../") != std::string::npos) std::abort();
  if (std::count(once.begin(), once.end(), '/') != std::count(bytes.begin(), bytes.end(), '/')) std::abort();
  if (once.find('%') != std::string::npos) std::abort();
  return 0;
}
