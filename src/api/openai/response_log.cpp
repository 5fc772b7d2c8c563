#include "api/openai/response_log.hpp"

namespace millwright::api::openai {
namespace {

constexpr std::size_t piece_bytes = 64u << 10;

}  // namespace

void ResponseLog::append(std::string event) {
  const std::scoped_lock lock(mutex_);
  if (is_closed_) return;
  bytes_ += event.size();
  if (bytes_ > bytes_max)
    is_closed_ = true;
  else
    events_.push_back(std::move(event));
  wake_all();
}

void ResponseLog::close() {
  const std::scoped_lock lock(mutex_);
  is_closed_ = true;
  wake_all();
}

ResponseLog::Piece ResponseLog::read(std::size_t from) const {
  const std::scoped_lock lock(mutex_);
  Piece piece{.events = {}, .next = from, .is_closed = false};
  while (piece.next < events_.size() && piece.events.size() < piece_bytes) piece.events += events_[piece.next++];
  piece.is_closed = is_closed_ && piece.next >= events_.size();
  return piece;
}

std::size_t ResponseLog::watch(std::function<void()> wake) {
  const std::scoped_lock lock(mutex_);
  watchers_.emplace(++last_watcher_, std::move(wake));
  return last_watcher_;
}

void ResponseLog::unwatch(std::size_t watcher) {
  const std::scoped_lock lock(mutex_);
  watchers_.erase(watcher);
}

std::size_t ResponseLog::bytes() const {
  const std::scoped_lock lock(mutex_);
  return bytes_;
}

void ResponseLog::wake_all() const {
  for (const auto& [watcher, wake] : watchers_) wake();
}

std::shared_ptr<ResponseLog> ResponseLogs::open(const std::string& id) {
  const std::scoped_lock lock(mutex_);
  auto& log = logs_[id];
  log = std::make_shared<ResponseLog>();
  return log;
}

std::shared_ptr<ResponseLog> ResponseLogs::find(std::string_view id, Timestamp now) {
  const std::scoped_lock lock(mutex_);
  drop_before(now - kept_for);
  const auto found = logs_.find(id);
  return found == logs_.end() ? nullptr : found->second;
}

void ResponseLogs::end(std::string_view id, Timestamp now) {
  const std::scoped_lock lock(mutex_);
  drop_before(now - kept_for);
  const auto found = logs_.find(id);
  if (found == logs_.end()) return;
  found->second->close();
  const auto bytes = found->second->bytes();
  ended_.push_back({found->first, now, bytes});
  ended_bytes_ += bytes;
  while (ended_bytes_ > bytes_max && ended_.size() > 1) drop_first();
}

void ResponseLogs::drop_first() {
  ended_bytes_ -= ended_.front().bytes;
  logs_.erase(ended_.front().id);
  ended_.pop_front();
}

void ResponseLogs::drop_before(Timestamp time) {
  while (!ended_.empty() && ended_.front().time < time) drop_first();
}

}  // namespace millwright::api::openai
