// What has to happen every now and then: one thread that runs each chore when it is due, and stops at once when told.
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
  Duration every;
  std::function<Result<void>()> run;   // blocks; a failure is logged and tried again next time
};

class Maintenance {
 public:
  explicit Maintenance(std::vector<Chore> chores);
  ~Maintenance();
  Maintenance(const Maintenance&) = delete;
  Maintenance& operator=(const Maintenance&) = delete;

 private:
  struct Due {
    Chore chore;
    std::chrono::steady_clock::time_point next;
  };
  void run();

  std::vector<Due> chores_;   // of the thread alone
  std::mutex mutex_;
  std::condition_variable wake_;
  bool is_stopping_ = false;
  std::thread thread_;
};

}  // namespace millwright::app
