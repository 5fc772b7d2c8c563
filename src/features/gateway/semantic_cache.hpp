// The semantic cache: a question that differs from an earlier one in its wording only gets that one's answer.
#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <vector>

#include "base/digest.hpp"
#include "features/gateway/exact_cache.hpp"
#include "features/gateway/question_print.hpp"

namespace millwright::gateway {

/// Least recently used goes first; bounded in bytes, and in entries a scope, since a scope is searched one by one.
/// Thread-safe.
class SemanticCache {
 public:
  static constexpr std::size_t scope_entries_max = 256;
  struct Hit {
    std::shared_ptr<const CachedAnswer> answer;
    double likeness = 0;
  };

  explicit SemanticCache(std::size_t bytes_max) : bytes_max_(bytes_max) {}
  /// The most alike of those that may share an answer and are at least `threshold` alike. `scope` is everything else
  /// that must be equal: see semantic_scope.
  [[nodiscard]] std::optional<Hit> find(const Digest& scope, const QuestionPrint& print, double threshold,
                                        Timestamp now);
  /// Takes the place of an entry of the same words.
  void put(const Digest& scope, QuestionPrint print, std::shared_ptr<const CachedAnswer> answer, Timestamp expires);
  void clear();
  [[nodiscard]] std::size_t bytes() const;

 private:
  struct Entry {
    Digest scope;
    QuestionPrint print;
    std::shared_ptr<const CachedAnswer> answer;
    Timestamp expires;
    std::size_t bytes = 0;
  };
  using Place = std::list<Entry>::iterator;
  void drop(Place entry);

  mutable std::mutex mutex_;
  std::size_t bytes_max_, bytes_ = 0;
  std::list<Entry> entries_;  // most recently used first
  std::unordered_map<Digest, std::vector<Place>> by_scope_;
};

/// The place of the question in a request: the text of the last message, when that is the user's and has one text.
/// Null: such a request has no question that could be put differently.
[[nodiscard]] json::string* question_place(json::object& body);
/// The key of the exact cache for the request without its question: tenant, use case or model, release, policy, guard,
/// permissions, the conversation before, tools and parameters.
[[nodiscard]] Digest semantic_scope(const ChatCall& call, const LiveRelease& release, const Digest& policy,
                                    const Digest& guard, json::object& body, json::string& question);

}  // namespace millwright::gateway
