// The threads that follow sources: each waits for a change or its interval, then syncs.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>

#include "features/ingestion/ingestion.hpp"

namespace millwright::ingestion {

class Followers {
 public:
  using SyncSource = std::function<Result<SyncReport>(const std::string& source)>;
  Followers(ConnectorFactory make_connector, SyncSource sync);
  ~Followers();   // stops

  /// Follows exactly these sources from now on: threads of sources that went or changed are ended first.
  void follow(const std::vector<SourceConfig>& sources, std::function<void(const SyncReport&)> changed);
  /// Wakes and joins all threads.
  void stop();

 private:
  struct Follower;
  void start(const SourceConfig& source);

  ConnectorFactory make_connector_;
  SyncSource sync_;
  std::function<void(const SyncReport&)> changed_;
  std::mutex mutex_;
  std::map<std::string, std::unique_ptr<Follower>> followers_;
};

/// True when the sync did more than look.
[[nodiscard]] bool has_changes(const SyncReport& report);

}  // namespace millwright::ingestion
