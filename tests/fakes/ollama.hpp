// A scripted Ollama server: /api/chat with NDJSON streams, /api/embed. Strict about what it is sent. The directives are
// those of provider.hpp in the last user message; also [[think]] (thinks first, where asked to) [[echo]] (answers with
// the request's JSON) [[stall=3]] (after so many lines says nothing more).
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>

#include "base/json.hpp"
#include "io/http/server.hpp"

namespace millwright::test {

class ScriptedOllama {
 public:
  /// Called for each billed call before the end of its answer is written: id, prompt, completion.
  using Charge = std::function<void(std::string, std::int64_t, std::int64_t)>;
  explicit ScriptedOllama(Charge charge) : charge_(std::move(charge)) {}
  [[nodiscard]] static bool is_path(std::string_view path) { return path == "/api/chat" || path == "/api/embed"; }
  [[nodiscard]] io::Task<void> handle(io::http::Exchange& exchange);

 private:
  struct Script;
  io::Task<void> embed(io::http::Exchange& exchange, const json::object& body);
  io::Task<void> chat(io::http::Exchange& exchange, const Script& script);
  io::Task<void> stream(io::http::Exchange& exchange, const Script& script);
  [[nodiscard]] bool fails_now(const Script& script);

  Charge charge_;
  std::mutex mutex_;
  std::map<std::string, int> failures_;
};

}  // namespace millwright::test
