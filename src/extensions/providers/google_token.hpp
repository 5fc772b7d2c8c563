// Access tokens of a service account: fetched once for all who wait, kept until shortly before their end.
#pragma once

#include <memory>
#include <string>

#include "base/time.hpp"
#include "extensions/providers/google_key.hpp"
#include "io/loop/task.hpp"

namespace millwright::extensions {

/// Thread-safe; copies share one token.
class GoogleTokens {
 public:
  /// `client` and `clock` outlive the last call. A token is renewed while it still serves, from five minutes before its
  /// end, and no longer handed out in its last 30 seconds.
  GoogleTokens(GoogleKey key, io::http::Client& client, const Clock& clock);

  /// A token that is good now. Waits for the one fetch under way, at most `timeout` and until `cancellation`. Errors:
  /// Timeout, Cancelled, and what the fetch ended in: Unavailable or Timeout (try again), UpstreamFailed (refused).
  [[nodiscard]] io::Task<Result<std::string>> load(Duration timeout, const io::http::Cancellation* cancellation);
  /// Forgets `token`, which the provider no longer takes; a newer one stays.
  void forget(const std::string& token);
  [[nodiscard]] const GoogleKey& key() const;

  struct State;

 private:
  std::shared_ptr<State> state_;
};

}  // namespace millwright::extensions
