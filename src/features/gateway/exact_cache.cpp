#include "features/gateway/exact_cache.hpp"

#include <algorithm>
#include <set>

namespace millwright::gateway {

std::shared_ptr<const CachedAnswer> ExactCache::find(const Digest& key, Timestamp now) {
  const std::scoped_lock lock(mutex_);
  const auto found = by_key_.find(key);
  if (found == by_key_.end()) return nullptr;
  if (found->second->expires <= now) {
    drop(found->second);
    return nullptr;
  }
  entries_.splice(entries_.begin(), entries_, found->second);
  return found->second->answer;
}

void ExactCache::put(const Digest& key, std::shared_ptr<const CachedAnswer> answer, Timestamp expires) {
  const std::scoped_lock lock(mutex_);
  const auto known = by_key_.find(key);
  if (known != by_key_.end()) drop(known->second);
  if (answer->bytes > bytes_max_ / 8) return;   // one answer must not empty the cache
  bytes_ += answer->bytes;
  entries_.push_front({key, std::move(answer), expires});
  by_key_[key] = entries_.begin();
  while (bytes_ > bytes_max_) drop(std::prev(entries_.end()));
}

std::size_t ExactCache::purge(std::string_view use_case) {
  const std::scoped_lock lock(mutex_);
  const auto before = entries_.size();
  for (auto entry = entries_.begin(); entry != entries_.end();) {
    const auto next = std::next(entry);
    if (use_case.empty() || entry->answer->use_case == use_case) drop(entry);
    entry = next;
  }
  return before - entries_.size();
}

void ExactCache::drop(std::list<Entry>::iterator entry) {
  bytes_ -= entry->answer->bytes;
  by_key_.erase(entry->key);
  entries_.erase(entry);
}

Digest cache_key(const ChatCall& call, const LiveRelease& release, const Digest& policy, const Digest& guard,
                 const json::object& body) {
  // How an answer is delivered does not change it; who asks does, where documents have permissions.
  constexpr std::array<std::string_view, 4> delivery{"stream", "stream_options", "user", "metadata"};
  std::string text = fmt::format("{}\n{}\n{}\n{}\n{}\n{}\n", call.caller.principal ? call.caller.principal->team : "",
                                 call.request.model, release.id, release.index.text(), policy.text(), guard.text());
  if (!release.index.is_none()) {
    text += call.caller.user + "\n";
    auto groups = call.caller.groups;
    std::ranges::sort(groups);
    for (const auto& group : groups) text += group + "\t";
  }
  for (const auto& [name, value] : call.request.dialect_headers) text += fmt::format("{}: {}\n", name, value);
  std::set<std::string_view> names;
  for (const auto& member : body) names.insert(std::string_view(member.key()));
  for (const auto name : names) {
    if (std::ranges::find(delivery, name) != delivery.end()) continue;
    text += "\n";
    text += name;
    text += "=";
    text += json::serialize(*find_member(body, name));
  }
  return sha256(std::string_view(text));
}

}  // namespace millwright::gateway
