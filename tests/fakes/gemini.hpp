// A scripted provider that speaks Google's generateContent, whole and as a stream, below any path that ends in
// ":generateContent" or ":streamGenerateContent". The directives are those of provider.hpp; also [[thoughts=5]] (tokens
// of thinking, shown where includeThoughts asks for it) [[stall=3]] (after so many chunks says nothing more and bills
// them when the client has gone) [[finish=SAFETY]] [[block=SAFETY]] (the prompt) [[echo]] (answers with the request's
// JSON)
// [[stray-error=2]] (a bare JSON error after so many chunks) [[revoked=TOKEN]] (401 for that access token)
// [[no-sse]] (a list of responses where a stream was asked for).
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>

#include "base/json.hpp"
#include "io/http/server.hpp"

namespace millwright::test {

struct GeminiBill {
  std::string id;
  std::int64_t prompt = 0, cached = 0, completion = 0;  // thoughts are part of completion
};

class ScriptedGemini {
 public:
  /// `charge` is called for each billed call, before the end of its answer is written.
  explicit ScriptedGemini(std::function<void(const GeminiBill&)> charge) : charge_(std::move(charge)) {}
  [[nodiscard]] static bool is_path(std::string_view path);
  [[nodiscard]] io::Task<void> handle(io::http::Exchange& exchange);

 private:
  struct Script;
  [[nodiscard]] static Script read_script(const json::object& body, std::string_view path);
  [[nodiscard]] bool fails_now(const Script& script);
  [[nodiscard]] static json::object whole_answer(const Script& script);
  [[nodiscard]] static bool breaks_at(const Script& script, std::int64_t count);
  io::Task<void> answer(io::http::Exchange& exchange, const Script& script);
  io::Task<void> stream(io::http::Exchange& exchange, const Script& script);
  io::Task<void> break_stream(io::http::Exchange& exchange, const Script& script, std::int64_t written);

  std::function<void(const GeminiBill&)> charge_;
  std::mutex mutex_;
  std::map<std::string, int> failures_;
};

}  // namespace millwright::test
