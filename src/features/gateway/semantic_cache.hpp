// The semantic cache: a question that differs from an earlier one in how it is put gets that one's answer.
#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/digest.hpp"
#include "features/gateway/exact_cache.hpp"
#include "features/gateway/question_meaning.hpp"
#include "features/gateway/question_print.hpp"

namespace millwright::gateway {

/// A question as the cache compares it: by its words, or where it has an embedding, by that and its facts.
struct AskedQuestion {
  Digest scope;  // everything else that must be equal: see semantic_scope
  QuestionPrint print;
  Embedding embedding;
  QuestionFacts facts;  // where it has an embedding
  [[nodiscard]] std::size_t bytes() const;
};

/// Least recently used goes first; bounded in bytes, and in entries a scope, since a scope is searched one by one.
/// Thread-safe; nobody waits for another's search.
class SemanticCache {
 public:
  static constexpr std::size_t scope_words_max = 256;         // searched on a loop
  static constexpr std::size_t scope_embeddings_max = 1'024;  // searched where blocking is allowed
  struct Hit {
    std::shared_ptr<const CachedAnswer> answer;
    double likeness = 0;
    std::string_view difference;  // of what forbids sharing; empty for what may be shared
  };
  struct Nearest {
    std::optional<Hit> allowed, refused;
  };
  enum class Wanted : std::uint8_t { Allowed, RefusedToo };

  explicit SemanticCache(std::size_t bytes_max) : bytes_max_(bytes_max) {}
  /// Of those that are at least `likeness_min` alike: the most alike that may share an answer and, where wanted, the
  /// most alike that may not.
  [[nodiscard]] Nearest find(const AskedQuestion& asked, double likeness_min, Timestamp now,
                             Wanted wanted = Wanted::Allowed);
  /// Takes the place of an entry of the same words.
  void put(AskedQuestion asked, std::shared_ptr<const CachedAnswer> answer, Timestamp expires);
  /// Those of one use case, or all for an empty name. Gives how many.
  std::size_t purge(std::string_view use_case);
  [[nodiscard]] std::size_t bytes() const;
  [[nodiscard]] std::size_t entries() const;

 private:
  struct Kept {
    AskedQuestion asked;
    std::shared_ptr<const CachedAnswer> answer;
    Timestamp expires;
    std::size_t bytes = 0;
  };
  using Entry = std::shared_ptr<const Kept>;
  using Place = std::list<Entry>::iterator;
  [[nodiscard]] std::vector<Entry> entries_of(const Digest& scope, Timestamp now);
  void touch(const Entry& entry);
  void drop(Place entry);

  mutable std::mutex mutex_;
  std::size_t bytes_max_, bytes_ = 0;
  std::list<Entry> entries_;  // most recently used first
  std::unordered_map<Digest, std::vector<Place>> by_scope_;
};

/// The place of the question in a request: the text of the last message, when that is the user's and has one text.
/// Null: such a request has no question that could be put differently.
[[nodiscard]] json::string* question_place(json::object& body);

/// What a scope has besides the exact cache's key.
struct SemanticScope {
  policy::DataClass data_class = policy::DataClass::Confidential;
  std::string_view space;  // how likeness is judged: nothing but equal settings and models compare
};
/// The key of the exact cache for the request without its question (tenant, use case or model, release, policy, guard,
/// permissions, the conversation before, tools and parameters), with the class of the data.
[[nodiscard]] Digest semantic_scope(const ChatCall& call, const LiveRelease& release, const Digest& policy,
                                    const Digest& guard, json::object& body, json::string& question,
                                    const SemanticScope& more);

}  // namespace millwright::gateway
