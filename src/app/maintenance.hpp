// What has to happen every now and then: one thread that runs a list of chores, and stops at once when told.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/error.hpp"
#include "base/time.hpp"

namespace millwright::app {

struct Chore {
  std::string name;
  std::function<Result<void>()> run;   // blocks; a failure is logged and tried again next time
};

class Maintenance {
 public:
  Maintenance(std::vector<Chore> chores, Duration every);
  ~Maintenance();
  Maintenance(const Maintenance&) = delete;
  Maintenance& operator=(const Maintenance&) = delete;

 private:
  void run();

  std::vector<Chore> chores_;
  Duration every_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool is_stopping_ = false;
  std::thread thread_;
};

}  // namespace millwright::app
