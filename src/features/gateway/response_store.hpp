// Responses that callers asked to be kept: what was asked and answered, sealed by the vault, seen only in the scope it
// was made in, dropped when its time is over.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/json.hpp"
#include "base/time.hpp"
#include "features/gateway/chat.hpp"
#include "io/loop/runtime.hpp"
#include "store/database.hpp"
#include "store/vault/vault.hpp"
#include "store/writer.hpp"

namespace millwright::gateway {

/// Who may see what a caller keeps: callers of the same team, user and use case; a key with no team, only itself.
[[nodiscard]] std::string response_scope(const Caller& caller);

struct StoredResponse {
  std::string id, previous;  // previous: the response it continues, or empty
  std::string status;        // queued, in_progress, completed, incomplete, failed, cancelled
  Timestamp created;
  json::array input;      // items of its request
  json::object response;  // as answered; its status is that of the row
};

struct ResponseStoreParts {
  io::Runtime* runtime = nullptr;
  store::Database* database = nullptr;
  store::Writer* writer = nullptr;
  const store::Vault* vault = nullptr;
  std::string node;  // this process's place: what it left unfinished is known by it
};

/// Thread-safe. Tasks run on a loop; the parts outlive them.
class ResponseStore {
 public:
  static constexpr std::size_t bytes_max = 16u << 20;               // of one response with its input, as JSON
  static constexpr std::size_t conversation_bytes_max = 64u << 20;  // of all that previous_response_id brings back
  static constexpr std::size_t conversation_length_max = 1'000;     // responses

  explicit ResponseStore(ResponseStoreParts parts) : parts_(std::move(parts)) {}

  /// TooLarge beyond `bytes_max`.
  [[nodiscard]] io::Task<Result<void>> insert(StoredResponse record, std::string scope);
  /// Writes the end of one that was queued or in progress; false when it was cancelled or removed meanwhile.
  [[nodiscard]] io::Task<Result<bool>> finish(StoredResponse record, std::string scope);
  [[nodiscard]] io::Task<Result<bool>> start(std::string id, std::string scope);
  [[nodiscard]] io::Task<Result<bool>> cancel(std::string id, std::string scope);
  /// NotFound for what is not there, and for what another scope keeps.
  [[nodiscard]] io::Task<Result<StoredResponse>> load(std::string id, std::string scope);
  [[nodiscard]] io::Task<Result<bool>> remove(std::string id, std::string scope);
  /// All items up to and with this response's output, oldest first. Conflict while one of them still runs, InvalidInput
  /// when one failed or was cancelled.
  [[nodiscard]] io::Task<Result<json::array>> conversation(std::string id, std::string scope);

  /// What this node had begun and not ended before it stopped: from now on shown as failed. Blocks; call at start.
  [[nodiscard]] Result<void> mark_interrupted();
  /// Number of responses dropped. Blocks.
  [[nodiscard]] Result<std::int64_t> drop_before(Timestamp time);

 private:
  [[nodiscard]] Result<StoredResponse> load_blocking(store::Session& session, const std::string& id,
                                                     const std::string& scope) const;
  [[nodiscard]] Result<json::array> conversation_blocking(const std::string& id, const std::string& scope) const;
  [[nodiscard]] Result<std::string> seal(const StoredResponse& record, std::string_view scope) const;
  [[nodiscard]] io::Task<Result<bool>> change(const store::Statement& statement, store::Values values);

  ResponseStoreParts parts_;
};

/// The tables of this feature.
[[nodiscard]] std::span<const store::Migration> migrations();

}  // namespace millwright::gateway
