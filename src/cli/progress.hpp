// How far long work has come, on standard error: a bar on a terminal, a plain line every ten seconds elsewhere.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

#include "base/error.hpp"
#include "base/json.hpp"

namespace millwright::cli {

/// Asks for the jobs that run now while it lives, and shows the newest of `kind` on `object`. `ask` runs on a thread of
/// its own and outlives it. What it has drawn is gone afterwards.
class Progress {
 public:
  using Ask = std::function<Result<json::value>()>;
  Progress(Ask ask, std::string_view kind, std::string_view object);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

 private:
  void run();
  void show();

  const Ask ask_;
  const std::string kind_, object_;
  const bool is_terminal_;
  const std::chrono::steady_clock::time_point began_;
  bool has_drawn_ = false;   // of the thread alone, until it has ended
  std::mutex mutex_;
  std::condition_variable wake_;
  bool is_over_ = false;
  std::thread thread_;
};

/// "[########............]  40 %  400 of 1000, 80/s, 8 s left"; no bar while the total is unknown.
[[nodiscard]] std::string render_bar(std::int64_t done, std::int64_t total, std::chrono::milliseconds elapsed);

}  // namespace millwright::cli
