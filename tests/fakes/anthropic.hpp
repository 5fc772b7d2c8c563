// A scripted model provider that speaks Anthropic's Messages API to the byte and is as strict as the real one about
// what it is sent: headers, limits, unknown members, alternating roles, tool results behind their calls.
//
// What it does is written in the text of the last user message, as for the provider of chat completions: [[status=529]]
// [[delay=200]] [[tokens=40]] [[interval=5]] [[cut=3]] [[cut-head]] [[no-usage]] [[no-done]] [[error-in-200]]
// [[error-after=2]] [[retry-after=1]] [[garbage]] [[say=TEXT]] [[cached=30]] [[tool]] [[fail-times=2]]; and also
// [[written=20]] [[written-1h=10]] (tokens written to the cache) [[think=TEXT]] (before the answer) [[stop=REASON]]
// [[cite=URL]] [[search]] (a server tool and its result) [[echo]] (answers with the request it got).
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/json.hpp"
#include "io/http/server.hpp"
#include "tests/fakes/model_script.hpp"

namespace millwright::test {

/// One billed call. A token is four bytes of text; `prompt` includes what was read from or written to the cache.
struct AnthropicBill {
  std::string id;
  std::int64_t prompt = 0, cached = 0, completion = 0;
};

class ScriptedAnthropic {
 public:
  /// `charge` is called once for each billed call, before the end of its answer, from any loop.
  explicit ScriptedAnthropic(std::function<void(const AnthropicBill&)> charge) : charge_(std::move(charge)) {}
  [[nodiscard]] io::Task<void> handle(io::http::Exchange& exchange);

 private:
  struct Script;
  io::Task<void> fail_with(io::http::Exchange& exchange, std::int64_t status, std::string message,
                           std::int64_t retry_after);
  [[nodiscard]] static Script read_script(const io::http::Headers& headers, const json::object& body,
                                          const std::string& text);
  /// Plays a scripted failure that comes before any answer.
  [[nodiscard]] io::Task<bool> has_failed(io::http::Exchange& exchange, const std::string& text);
  [[nodiscard]] static std::string opening(const Script& script, std::int64_t& index);
  [[nodiscard]] static std::string ending(const Script& script, std::int64_t index);
  io::Task<void> answer(io::http::Exchange& exchange, const Script& script);
  io::Task<void> stream(io::http::Exchange& exchange, const Script& script);

  std::function<void(const AnthropicBill&)> charge_;
  ScriptedFailures failures_;
};

/// Why the real API would refuse a request, or nothing.
[[nodiscard]] std::string find_anthropic_fault(const io::http::Headers& headers, const json::object& body);

}  // namespace millwright::test
