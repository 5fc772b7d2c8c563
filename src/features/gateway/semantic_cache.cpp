#include "features/gateway/semantic_cache.hpp"

#include <algorithm>

namespace millwright::gateway {

std::optional<SemanticCache::Hit> SemanticCache::find(const Digest& scope, const QuestionPrint& print, double threshold,
                                                      Timestamp now) {
  const std::scoped_lock lock(mutex_);
  const auto known = by_scope_.find(scope);
  if (known == by_scope_.end()) return std::nullopt;
  std::vector<Place> expired;
  std::optional<Place> best;
  double best_likeness = threshold;
  for (const auto place : known->second) {
    if (place->expires <= now) {
      expired.push_back(place);
      continue;
    }
    if (!may_share_answer(place->print, print)) continue;
    const auto alike = likeness(place->print, print);
    if (alike < best_likeness) continue;
    best = place;
    best_likeness = alike;
  }
  for (const auto place : expired) drop(place);
  if (!best) return std::nullopt;
  entries_.splice(entries_.begin(), entries_, *best);
  return Hit{(*best)->answer, best_likeness};
}

void SemanticCache::put(const Digest& scope, QuestionPrint print, std::shared_ptr<const CachedAnswer> answer,
                        Timestamp expires) {
  const auto bytes = sizeof(Entry) + print.bytes() + answer->bytes;
  const std::scoped_lock lock(mutex_);
  if (bytes > bytes_max_ / 8) return;  // one answer must not empty the cache
  if (const auto known = by_scope_.find(scope); known != by_scope_.end()) {
    const auto same = std::ranges::find_if(known->second, [&](Place place) {
      return place->print.vector == print.vector && place->print.guards == print.guards;
    });
    if (same != known->second.end()) drop(*same);
  }
  if (const auto known = by_scope_.find(scope); known != by_scope_.end() && known->second.size() >= scope_entries_max) {
    drop(known->second.front());
  }
  entries_.push_front({scope, std::move(print), std::move(answer), expires, bytes});
  by_scope_[scope].push_back(entries_.begin());
  bytes_ += bytes;
  while (bytes_ > bytes_max_) drop(std::prev(entries_.end()));
}

void SemanticCache::clear() {
  const std::scoped_lock lock(mutex_);
  entries_.clear();
  by_scope_.clear();
  bytes_ = 0;
}

std::size_t SemanticCache::bytes() const {
  const std::scoped_lock lock(mutex_);
  return bytes_;
}

void SemanticCache::drop(Place entry) {
  const auto known = by_scope_.find(entry->scope);
  std::erase(known->second, entry);
  if (known->second.empty()) by_scope_.erase(known);
  bytes_ -= entry->bytes;
  entries_.erase(entry);
}

json::string* question_place(json::object& body) {
  auto* messages = body.if_contains("messages");
  if (messages == nullptr || !messages->is_array() || messages->get_array().empty()) return nullptr;
  auto& last = messages->get_array().back();
  if (!last.is_object() || string_member(last.get_object(), "role") != "user") return nullptr;
  auto* content = last.get_object().if_contains("content");
  if (content == nullptr) return nullptr;
  if (content->is_string()) return &content->get_string();
  if (!content->is_array()) return nullptr;
  json::string* found = nullptr;
  for (auto& part : content->get_array()) {
    if (!part.is_object() || string_member(part.get_object(), "type") != "text") continue;
    auto* text = part.get_object().if_contains("text");
    if (text == nullptr || !text->is_string() || found != nullptr) return nullptr;
    found = &text->get_string();
  }
  return found;
}

Digest semantic_scope(const ChatCall& call, const LiveRelease& release, const Digest& policy, const Digest& guard,
                      json::object& body, json::string& question) {
  json::string text(question.storage());
  text.swap(question);
  const auto scope = cache_key(call, release, policy, guard, body);
  text.swap(question);
  return scope;
}

}  // namespace millwright::gateway
