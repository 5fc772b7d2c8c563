// Alerts: raised from anywhere without waiting, stored once for each key that is open.
#include <mutex>
#include <unordered_map>

#include <spdlog/spdlog.h>

#include "base/text.hpp"
#include "features/telemetry/telemetry.hpp"
#include "features/telemetry/telemetry_sql.hpp"

namespace millwright::telemetry {
namespace {

constexpr std::size_t remembered_max = 10'000, text_bytes_max = 2'000;

std::string bounded(std::string text) {
  if (text.size() > text_bytes_max) text = std::string(utf8_prefix(text, text_bytes_max));
  return to_valid_utf8(text);
}

Alert alert_of(const store::Row& row) {
  Alert alert;
  if (const auto id = Id::parse(row.text(0))) alert.id = *id;
  alert.key = row.text(1);
  alert.severity = row.text(2);
  alert.title = row.text(3);
  alert.why = row.text(4);
  alert.object = row.text(5);
  alert.raised = row.time(6);
  if (!row.is_null(7)) alert.acknowledged = row.time(7);
  if (!row.is_null(8)) alert.closed = row.time(8);
  return alert;
}

}  // namespace

/// Shared with the jobs it has queued, which may outlive the Alerts.
struct Alerts::State {
  store::Database& database;
  store::Writer& writer;
  const Clock& clock;
  std::mutex mutex;
  std::unordered_map<std::string, std::size_t> open;  // key → hash of what was last stored

  /// False when exactly this has been raised already.
  bool remember(const std::string& key, std::size_t content) {
    const std::scoped_lock lock(mutex);
    if (open.size() >= remembered_max) open.clear();  // only costs a repeated write
    const auto [place, is_new] = open.try_emplace(key, content);
    if (!is_new && place->second == content) return false;
    place->second = content;
    return true;
  }
  void forget(const std::string& key) {
    const std::scoped_lock lock(mutex);
    open.erase(key);
  }
};

Alerts::Alerts(store::Database& database, store::Writer& writer, const Clock& clock)
    : state_(new State{.database = database, .writer = writer, .clock = clock, .mutex = {}, .open = {}}) {}
Alerts::~Alerts() = default;

void Alerts::raise(std::string key, std::string severity, std::string title, std::string why, std::string object) {
  const std::hash<std::string> hash;
  const std::size_t content = hash(severity) ^ (hash(title) * 3) ^ (hash(why) * 5) ^ (hash(object) * 7);
  if (!state_->remember(key, content)) return;
  store::Values values{Id::generate().text(),         bounded(key),
                       bounded(std::move(severity)),  bounded(std::move(title)),
                       bounded(std::move(why)),       bounded(std::move(object)),
                       to_micros(state_->clock.now())};
  auto job = [values = std::move(values)](store::Session& session) -> Result<void> {
    auto written = session.execute(sql::upsert_alert, values);
    if (!written) return pass(written);
    return {};
  };
  auto done = [state = std::weak_ptr(state_), key](Result<void> stored) {
    if (stored) return;
    spdlog::warn("alert {} was not stored: {}", key, describe(stored.error()));
    if (const auto alive = state.lock()) alive->forget(key);
  };
  if (!state_->writer.submit(std::move(job), std::move(done))) state_->forget(key);
}

void Alerts::close(std::string_view key) {
  std::string name(key);
  state_->forget(name);
  auto job = [name = bounded(std::move(name)),
              now = to_micros(state_->clock.now())](store::Session& session) -> Result<void> {
    auto written = session.execute(sql::close_alert, {now, name});
    if (!written) return pass(written);
    return {};
  };
  const auto queued = state_->writer.submit(std::move(job), [](Result<void> stored) {
    if (!stored) spdlog::warn("an alert was not closed: {}", describe(stored.error()));
  });
  if (!queued) spdlog::warn("an alert was not closed: {}", describe(queued.error()));
}

Result<void> Alerts::acknowledge(Id id, std::string_view actor) {
  return state_->writer.run([this, id, actor](store::Session& session) -> Result<void> {
    auto exists = session.query(sql::alert_exists, {id.text()});
    if (!exists) return pass(exists);
    if (exists->empty()) return fail(ErrorCode::NotFound, "no alert {}", id.text());
    // Acknowledging twice keeps the first: who saw it first is what matters.
    auto written =
        session.execute(sql::acknowledge_alert, {to_micros(state_->clock.now()), to_valid_utf8(actor), id.text()});
    if (!written) return pass(written);
    return {};
  });
}

Result<std::vector<Alert>> Alerts::list(bool only_open, std::size_t limit) const {
  const auto bounded_limit = static_cast<std::int64_t>(std::min<std::size_t>(limit, 1'000));
  auto rows = state_->database.select(only_open ? sql::list_open_alerts : sql::list_alerts, {bounded_limit});
  if (!rows) return pass(rows);
  std::vector<Alert> alerts;
  for (const store::Row& row : *rows) alerts.push_back(alert_of(row));
  return alerts;
}

}  // namespace millwright::telemetry
