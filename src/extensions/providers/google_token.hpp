// Access tokens of a service account: fetched once for all who wait, kept until shortly before their end.
#pragma once

#include <memory>
#include <string>

#include "base/time.hpp"
#include "extensions/providers/access_token.hpp"
#include "extensions/providers/google_key.hpp"
#include "io/loop/task.hpp"

namespace millwright::extensions {

/// Thread-safe; copies share one token.
class GoogleTokens {
 public:
  /// `client` and `clock` outlive the last call.
  GoogleTokens(GoogleKey key, io::http::Client& client, const Clock& clock);

  /// As Renewed::load; a fetch ends in Unavailable or Timeout (try again) or UpstreamFailed (refused).
  [[nodiscard]] io::Task<Result<std::string>> load(Duration timeout, const io::http::Cancellation* cancellation) {
    return tokens_.load(timeout, cancellation);
  }
  /// Forgets `token`, which the provider no longer takes; a newer one stays.
  void forget(const std::string& token) { tokens_.forget(token); }
  [[nodiscard]] const GoogleKey& key() const { return *key_; }

 private:
  std::shared_ptr<const GoogleKey> key_;
  RenewedToken tokens_;
};

}  // namespace millwright::extensions
