// Remembers the answers to requests that carry an Idempotency-Key, so that a retry gives the first answer again instead
// of doing the thing twice. In memory only: answers may hold a key that is shown once and stored nowhere.
#pragma once

#include <cstddef>
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "base/digest.hpp"
#include "base/error.hpp"
#include "base/time.hpp"
#include "io/http/message.hpp"

namespace millwright::api {

/// Thread-safe. At most 1,000 entries, each 24 hours; beyond it the oldest go.
class IdempotencyTable {
 public:
  /// The remembered answer; nothing when the caller is the first and must call finish. Conflict while the first still
  /// runs, or when the same key came with another body. `scope` names caller and route.
  [[nodiscard]] Result<std::optional<io::http::Response>> begin(const std::string& scope, std::string_view key,
                                                                std::string_view body, Timestamp now);
  /// Keeps a success; forgets a failure, so that it may be tried again.
  void finish(const std::string& scope, std::string_view key, const io::http::Response& response);

 private:
  struct Entry {
    Digest body;
    Timestamp started;
    std::optional<io::http::Response> response;
  };
  void make_room(Timestamp now);

  std::mutex mutex_;
  std::map<std::string, Entry> entries_;
};

}  // namespace millwright::api
