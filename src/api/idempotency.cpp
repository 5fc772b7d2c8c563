#include "api/idempotency.hpp"

#include <algorithm>

namespace millwright::api {

namespace {

constexpr std::size_t entries_max = 1000;
constexpr auto age_max = std::chrono::hours(24);

std::string name_of(const std::string& scope, std::string_view key) { return fmt::format("{}\n{}", scope, key); }

}  // namespace

Result<std::optional<io::http::Response>> IdempotencyTable::begin(const std::string& scope, std::string_view key,
                                                                  std::string_view body, Timestamp now) {
  if (key.size() > 128) return fail(ErrorCode::InvalidInput, "the Idempotency-Key is longer than 128 bytes");
  const std::lock_guard lock(mutex_);
  make_room(now);
  const auto digest = sha256(body);
  const auto [entry, is_new] = entries_.try_emplace(name_of(scope, key), Entry{digest, now, std::nullopt});
  if (is_new) return std::optional<io::http::Response>();
  if (entry->second.body != digest) {
    return fail(ErrorCode::Conflict, "this Idempotency-Key was used with another request");
  }
  if (!entry->second.response) {
    return fail(ErrorCode::Conflict, "the first request with this Idempotency-Key still runs");
  }
  return entry->second.response;
}

void IdempotencyTable::finish(const std::string& scope, std::string_view key, const io::http::Response& response) {
  const std::lock_guard lock(mutex_);
  const auto entry = entries_.find(name_of(scope, key));
  if (entry == entries_.end()) return;
  if (response.status >= 200 && response.status < 300) {
    entry->second.response = response;
  } else {
    entries_.erase(entry);
  }
}

void IdempotencyTable::make_room(Timestamp now) {
  std::erase_if(entries_, [now](const auto& item) { return now - item.second.started > age_max; });
  while (entries_.size() >= entries_max) {
    entries_.erase(std::ranges::min_element(
        entries_, {}, [](const auto& item) { return item.second.started; }));
  }
}

}  // namespace millwright::api
