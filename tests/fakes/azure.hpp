// A scripted provider that speaks OpenAI's chat completions and embeddings as Azure does: below a deployment and with a
// version in the query, or below /openai/v1; verdicts of a content filter around the answer; a model named with its date.
// The key is azure-scripted, the token entra-scripted.
//
// Directives in the last user message: [[status=429]] [[retry-ms=1500]] [[tokens=40]] [[interval=5]] [[cut=3]]
// [[say=TEXT]] [[cached=3]] [[tool]] [[filtered]] (the prompt, by the filter) [[error-after=0]] (an error under status 200,
// after so many words; 0: behind the verdicts on the prompt) [[async]] (verdicts behind the words they are about)
// [[no-usage]] [[fail-times=2]] [[where]] (answers with the path it was called at).
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>

#include "base/json.hpp"
#include "io/http/server.hpp"

namespace millwright::test {

struct AzureBill {
  std::string id;
  std::int64_t prompt = 0, cached = 0, completion = 0;
};

class ScriptedAzure {
 public:
  /// `charge` is called once for each billed call, before the end of its answer, from any loop.
  explicit ScriptedAzure(std::function<void(const AzureBill&)> charge) : charge_(std::move(charge)) {}
  [[nodiscard]] static bool is_path(std::string_view path) { return path.starts_with("/openai/"); }
  [[nodiscard]] io::Task<void> handle(io::http::Exchange& exchange);

 private:
  struct Script;
  [[nodiscard]] static Script read_script(const io::http::Request& request, const json::object& body);
  io::Task<void> answer(io::http::Exchange& exchange, const Script& script);
  io::Task<void> stream(io::http::Exchange& exchange, const Script& script);
  io::Task<void> embed(io::http::Exchange& exchange, const json::object& body);
  [[nodiscard]] bool fails_now(const Script& script);

  std::function<void(const AzureBill&)> charge_;
  std::mutex mutex_;
  std::map<std::string, std::int64_t> failures_;
};

/// Why Azure would not serve this address with these credentials: status and code, or 0.
struct AzureRefusal {
  std::uint16_t status = 0;
  std::string code, message;
};
[[nodiscard]] AzureRefusal find_azure_refusal(const io::http::Request& request);

}  // namespace millwright::test
