#include "features/ingestion/followers.hpp"

#include <condition_variable>

#include <spdlog/spdlog.h>

#include "features/ingestion/acl.hpp"

namespace millwright::ingestion {

namespace {

/// Equal names: the running follower may go on.
std::string follow_name(const SourceConfig& source) {
  std::string name = source.kind + "|" + source.path + "|" + std::to_string(source.every.count());
  for (const std::string& glob : source.include) name += "|+" + glob;
  for (const std::string& glob : source.exclude) name += "|-" + glob;
  return name;
}

}  // namespace

bool has_changes(const SyncReport& report) {
  for (const auto& [verdict, count] : report.counts) {
    if (verdict != verdict_name(Verdict::Unchanged) && count > 0) return true;
  }
  return false;
}

struct Followers::Follower {
  Follower(SourceConfig its_source, std::unique_ptr<Connector> its_connector)
      : source(std::move(its_source)), connector(std::move(its_connector)) {}
  ~Follower() {
    is_stopping = true;
    connector->wake();
    if (thread.joinable()) thread.join();
  }
  Follower(const Follower&) = delete;
  Follower& operator=(const Follower&) = delete;

  SourceConfig source;
  std::unique_ptr<Connector> connector;   // its own: it holds the watches
  std::atomic<bool> is_stopping = false;
  std::thread thread;
};

Followers::Followers(ConnectorFactory make_connector, SyncSource sync)
    : make_connector_(std::move(make_connector)), sync_(std::move(sync)) {}

Followers::~Followers() { stop(); }

void Followers::follow(const std::vector<SourceConfig>& sources, std::function<void(const SyncReport&)> changed) {
  const std::scoped_lock lock(mutex_);
  changed_ = std::move(changed);
  std::erase_if(followers_, [&](const auto& entry) {
    return std::ranges::none_of(sources, [&](const SourceConfig& source) {
      return source.name == entry.first && follow_name(source) == follow_name(entry.second->source);
    });
  });
  for (const SourceConfig& source : sources) {
    if (!followers_.contains(source.name)) start(source);
  }
}

void Followers::start(const SourceConfig& source) {
  auto connector = make_connector_(source);
  if (!connector) {
    spdlog::error("source {} cannot be followed: {}", source.name, describe(connector.error()));
    return;
  }
  auto follower = std::make_unique<Follower>(source, std::move(*connector));
  follower->thread = std::thread([self = follower.get(), sync = sync_, changed = changed_] {
    while (!self->is_stopping) {
      const auto report = sync(self->source.name);
      if (self->is_stopping) return;
      if (!report && report.error().code != ErrorCode::Conflict && report.error().code != ErrorCode::Cancelled) {
        spdlog::error("sync of source {} failed: {}", self->source.name, describe(report.error()));
      } else if (report && !report->error.empty()) {
        spdlog::warn("sync of source {} failed: {}", self->source.name, report->error);
      } else if (report && has_changes(*report) && changed) {
        changed(*report);
      }
      (void)self->connector->wait_for_change(self->source.every);
    }
  });
  followers_.emplace(source.name, std::move(follower));
}

void Followers::stop() {
  const std::scoped_lock lock(mutex_);
  for (auto& [name, follower] : followers_) {
    follower->is_stopping = true;
    follower->connector->wake();
  }
  followers_.clear();
}

}  // namespace millwright::ingestion
