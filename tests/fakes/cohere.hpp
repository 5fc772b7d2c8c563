// A scripted Cohere: /v2/chat with its events, /v2/embed, /v2/rerank. Strict about what it is sent. The directives are
// those of provider.hpp in the last user message (or the first text, or the query); also [[cite]] [[echo]]
// [[gave-up]] (finishes with ERROR and bills).
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>

#include "base/json.hpp"
#include "io/http/server.hpp"

namespace millwright::test {

struct CohereBill {
  std::string id;
  std::int64_t prompt = 0, completion = 0, searches = 0;
};

class ScriptedCohere {
 public:
  /// `charge` is called for each billed call, before the end of its answer is written.
  explicit ScriptedCohere(std::function<void(const CohereBill&)> charge) : charge_(std::move(charge)) {}
  [[nodiscard]] static bool is_path(std::string_view path) { return path.starts_with("/v2/"); }
  [[nodiscard]] io::Task<void> handle(io::http::Exchange& exchange);

 private:
  struct Script;
  io::Task<void> embed(io::http::Exchange& exchange, const json::object& body);
  io::Task<void> rerank(io::http::Exchange& exchange, const json::object& body);
  io::Task<void> chat(io::http::Exchange& exchange, const Script& script);
  io::Task<void> stream(io::http::Exchange& exchange, const Script& script);
  [[nodiscard]] bool fails_now(const std::string& text);

  std::function<void(const CohereBill&)> charge_;
  std::mutex mutex_;
  std::map<std::string, int> failures_;
};

}  // namespace millwright::test
