#include "features/gateway/semantic_cache.hpp"

#include <algorithm>

namespace millwright::gateway {

std::size_t AskedQuestion::bytes() const {
  return sizeof *this + print.bytes() - sizeof print + facts.bytes() - sizeof facts +
         embedding.capacity() * sizeof(float);
}

std::vector<SemanticCache::Entry> SemanticCache::entries_of(const Digest& scope, Timestamp now) {
  const std::scoped_lock lock(mutex_);
  const auto known = by_scope_.find(scope);
  if (known == by_scope_.end()) return {};
  std::vector<Place> expired;
  std::vector<Entry> found;
  found.reserve(known->second.size());
  for (const auto place : known->second) {
    if ((*place)->expires <= now)
      expired.push_back(place);
    else
      found.push_back(*place);
  }
  for (const auto place : expired) drop(place);
  return found;
}

SemanticCache::Nearest SemanticCache::find(const AskedQuestion& asked, double likeness_min, Timestamp now,
                                           Wanted wanted) {
  Nearest nearest;
  Entry best;
  const auto note = [&](const Entry& entry, double alike, std::string_view difference) {
    auto& hit = difference.empty() ? nearest.allowed : nearest.refused;
    if (alike < likeness_min || (hit && alike < hit->likeness)) return;
    hit = Hit{entry->answer, alike, difference};
    if (difference.empty()) best = entry;
  };
  // Entries do not change: they are compared without the lock.
  for (const auto& entry : entries_of(asked.scope, now)) {
    if (!asked.embedding.empty()) {
      const auto alike = likeness(entry->asked.embedding, asked.embedding);
      if (alike < likeness_min) continue;
      note(entry, weighed_likeness(alike, entry->asked.facts, asked.facts),
           what_differs(entry->asked.facts, asked.facts));
      continue;
    }
    const auto difference = what_differs(entry->asked.print, asked.print);
    if (!difference.empty() && wanted == Wanted::Allowed) continue;
    note(entry, likeness(entry->asked.print, asked.print), difference);
  }
  if (best) touch(best);
  return nearest;
}

void SemanticCache::touch(const Entry& entry) {
  const std::scoped_lock lock(mutex_);
  const auto known = by_scope_.find(entry->asked.scope);
  if (known == by_scope_.end()) return;
  const auto place = std::ranges::find_if(known->second, [&entry](Place each) { return *each == entry; });
  if (place != known->second.end()) entries_.splice(entries_.begin(), entries_, *place);
}

void SemanticCache::put(AskedQuestion asked, std::shared_ptr<const CachedAnswer> answer, Timestamp expires) {
  auto kept = std::make_shared<Kept>(std::move(asked), std::move(answer), expires, 0);
  kept->bytes = sizeof(Kept) - sizeof(AskedQuestion) + kept->asked.bytes() + kept->answer->bytes;
  const std::scoped_lock lock(mutex_);
  if (kept->bytes > bytes_max_ / 8) return;  // one answer must not empty the cache
  const auto& scope = kept->asked.scope;
  if (const auto known = by_scope_.find(scope); known != by_scope_.end()) {
    const auto same = std::ranges::find_if(known->second, [&](Place place) {
      const auto& other = (*place)->asked;
      // One vector may stand for several questions that must be kept apart.
      if (!kept->asked.embedding.empty()) {
        return other.embedding == kept->asked.embedding && what_differs(other.facts, kept->asked.facts).empty();
      }
      return other.print.vector == kept->asked.print.vector && other.print.guards == kept->asked.print.guards;
    });
    if (same != known->second.end()) drop(*same);
  }
  const auto most = kept->asked.embedding.empty() ? scope_words_max : scope_embeddings_max;
  if (const auto known = by_scope_.find(scope); known != by_scope_.end() && known->second.size() >= most) {
    drop(known->second.front());
  }
  bytes_ += kept->bytes;
  entries_.push_front(kept);
  by_scope_[scope].push_back(entries_.begin());
  while (bytes_ > bytes_max_) drop(std::prev(entries_.end()));
}

std::size_t SemanticCache::purge(std::string_view use_case) {
  const std::scoped_lock lock(mutex_);
  const auto before = entries_.size();
  for (auto place = entries_.begin(); place != entries_.end();) {
    const auto next = std::next(place);
    if (use_case.empty() || (*place)->answer->use_case == use_case) drop(place);
    place = next;
  }
  return before - entries_.size();
}

std::size_t SemanticCache::bytes() const {
  const std::scoped_lock lock(mutex_);
  return bytes_;
}

std::size_t SemanticCache::entries() const {
  const std::scoped_lock lock(mutex_);
  return entries_.size();
}

void SemanticCache::drop(Place entry) {
  const auto known = by_scope_.find((*entry)->asked.scope);
  std::erase(known->second, entry);
  if (known->second.empty()) by_scope_.erase(known);
  bytes_ -= (*entry)->bytes;
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
                      json::object& body, json::string& question, const SemanticScope& more) {
  json::string text(question.storage());
  text.swap(question);
  const auto key = cache_key(call, release, policy, guard, body);
  text.swap(question);
  auto scope = key.text();
  scope.append("\n").append(policy::class_name(more.data_class)).append("\n").append(more.space);
  return sha256(scope);
}

}  // namespace millwright::gateway
