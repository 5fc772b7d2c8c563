// The scripted provider's own batches: /v1/files and /v1/batches as OpenAI has them, billed at GET /batch-bill.
//
// The first line's last user message may say: [[no-batches]] (404) [[polls=3]] (is running for so many looks)
// [[hang]] (until it is cancelled); each line's: [[batch-status=500]] (an error line) [[batch-skip]] (no line at all).
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "base/json.hpp"
#include "io/http/server.hpp"

namespace millwright::test {

class ScriptedBatches {
 public:
  [[nodiscard]] static bool is_path(std::string_view path);
  [[nodiscard]] io::Task<void> handle(io::http::Exchange& exchange);

 private:
  struct OneBatch {
    std::string id, status = "in_progress", input, output, errors;
    json::value metadata;
    std::int64_t polls_left = 0;
    bool hangs = false;
  };
  [[nodiscard]] io::http::Response answer(const io::http::Request& request);
  [[nodiscard]] io::http::Response upload(const io::http::Request& request);
  [[nodiscard]] io::http::Response create(const io::http::Request& request);
  [[nodiscard]] json::object shown(const OneBatch& batch) const;
  void finish(OneBatch& batch);

  std::mutex mutex_;
  std::map<std::string, std::string> files_;
  std::vector<OneBatch> batches_;
  std::int64_t calls_ = 0, prompt_tokens_ = 0, completion_tokens_ = 0;
};

}  // namespace millwright::test
