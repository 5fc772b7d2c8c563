// A closed-loop HTTP/1.1 load generator on plain sockets: one thread, many keep-alive connections, one request in
// flight on each. Latency is from the first byte written to the last byte read.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace millwright::bench {

struct LoadResult {
  std::int64_t requests = 0, failures = 0;   // failures: any status but 200
  double seconds = 0;
  std::vector<double> latencies_us;          // sorted
  [[nodiscard]] double per_second() const { return static_cast<double>(requests) / seconds; }
  [[nodiscard]] double percentile_us(double percent) const;
};

/// A POST of `body` with the headers given ("Name: value\r\n"…), as bytes.
[[nodiscard]] std::string post_request(const std::string& path, const std::string& headers, const std::string& body);

/// Sends `requests` in all over `connections`. Throws when the server cannot be reached.
[[nodiscard]] LoadResult run_load(std::uint16_t port, const std::string& request, int connections, std::int64_t requests);

/// Sends `requests` streamed calls one after the other over one connection; latency is to the first piece of text, and a
/// stream that does not end with [DONE] is a failure.
[[nodiscard]] LoadResult run_streams(std::uint16_t port, const std::string& request, std::int64_t requests);

}  // namespace millwright::bench
