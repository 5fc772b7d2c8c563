// How much of a use case's input its providers read from their own prompt caches, and whether a prefix comes again
// soon.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <string_view>

#include "base/json.hpp"
#include "base/time.hpp"
#include "features/finops/finops.hpp"

namespace millwright::gateway {

/// Thread-safe. Holds one entry a pair of use case and model.
class PromptCacheUse {
 public:
  /// After a call whose usage the provider reported. Newer calls weigh more: each a tenth.
  void note(const std::string& use_case, const std::string& model, const finops::TokenCounts& tokens);
  /// 0…1; 0 before the first call.
  [[nodiscard]] double read_share(const std::string& use_case, const std::string& model) const;
  /// Notes a use of a prefix; whether the use before it was recent enough for a provider to have kept it (5 minutes).
  [[nodiscard]] bool comes_again(const std::string& use_case, const std::string& prefix, Timestamp now);

 private:
  struct Use {
    std::string prefix;
    Timestamp last;
  };
  mutable std::mutex mutex_;
  std::map<std::string, double, std::less<>> read_shares_;
  std::map<std::string, Use, std::less<>> prefixes_;  // by use case
};

/// Splits the text of the gateway's own message, the first of `body`, behind its first `bytes` and marks the first part
/// as worth keeping (cache_control, as Anthropic writes it), or puts it together again. Anything else stays.
enum class PrefixMark : bool { Absent, Set };
void mark_prefix(json::object& body, std::size_t bytes, PrefixMark mark);

}  // namespace millwright::gateway
