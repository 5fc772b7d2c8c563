// The exact cache: the same question of the same tenant under the same release and policy gets the same answer, free.
#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/digest.hpp"
#include "base/time.hpp"
#include "features/gateway/chat.hpp"

namespace millwright::gateway {

struct CachedAnswer {
  Id trace;                      // of the call that was answered
  std::string use_case;
  std::string question;          // where texts are kept for labels; else empty
  json::object body;             // chat.completion, before the members that belong to one call only
  std::string text;
  std::vector<Citation> citations;
  std::vector<telemetry::UsedDocument> documents;
  std::string model, provider, provider_model;
  Money cost;                    // what it cost the first time: what a hit saves
  std::size_t bytes = 0;
};

/// Least recently used goes first; bounded in bytes. Thread-safe.
class ExactCache {
 public:
  explicit ExactCache(std::size_t bytes_max) : bytes_max_(bytes_max) {}
  [[nodiscard]] std::shared_ptr<const CachedAnswer> find(const Digest& key, Timestamp now);
  void put(const Digest& key, std::shared_ptr<const CachedAnswer> answer, Timestamp expires);
  /// Those of one use case, or all for an empty name. Gives how many.
  std::size_t purge(std::string_view use_case);

 private:
  struct Entry {
    Digest key;
    std::shared_ptr<const CachedAnswer> answer;
    Timestamp expires;
  };
  void drop(std::list<Entry>::iterator entry);

  std::mutex mutex_;
  std::size_t bytes_max_, bytes_ = 0;
  std::list<Entry> entries_;     // most recently used first
  std::unordered_map<Digest, std::list<Entry>::iterator> by_key_;
};

/// What must be equal for an answer to be shared: tenant, release, policy, permissions and every member of the request
/// that may change the answer.
[[nodiscard]] Digest cache_key(const ChatCall& call, const LiveRelease& release, const Digest& policy,
                               const Digest& guard, const json::object& body);

}  // namespace millwright::gateway
