// A scripted provider that speaks Amazon Bedrock's Converse, ConverseStream and, for embeddings, InvokeModel. It checks
// signatures with arithmetic of its own and is as strict as the real one about bodies.
//
// Credentials: AKIDSCRIPTED / scripted-secret with the token scripted-token, region eu-central-1, or the API key
// ABSK-scripted. The directives are those of anthropic.hpp: [[status=429]] [[type=ThrottlingException]] [[delay=200]]
// [[tokens=40]] [[interval=5]] [[cut=3]] [[cut-head]] [[no-usage]] (no metadata) [[error-in-200]] [[error-after=2]] (an
// exception after so many words) [[retry-after=1]] [[garbage]] [[say=TEXT]] [[cached=30]] [[written=20]] [[written-1h=10]]
// [[think=TEXT]] [[tool]] [[stop=REASON]] [[fail-times=2]] [[flip]] (a wrong checksum) [[skew]] (its clock is ten minutes
// ahead) [[latency=optimized]] [[echo]] (answers with the request it got).
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/json.hpp"
#include "base/time.hpp"
#include "io/http/server.hpp"
#include "tests/fakes/model_script.hpp"

namespace millwright::test {

/// One billed call. A token is four bytes of text; `prompt` includes what was read from or written to the cache.
struct BedrockBill {
  std::string id;
  std::int64_t prompt = 0, cached = 0, completion = 0;
};

class ScriptedBedrock {
 public:
  /// `charge` is called once for each billed call, before the end of its answer, from any loop.
  explicit ScriptedBedrock(std::function<void(const BedrockBill&)> charge) : charge_(std::move(charge)) {}
  [[nodiscard]] static bool is_path(std::string_view path) { return path.starts_with("/model/"); }
  [[nodiscard]] io::Task<void> handle(io::http::Exchange& exchange);

 private:
  struct Script;
  [[nodiscard]] static Script read_script(const io::http::Request& request, const json::object& body,
                                          const std::string& text);
  [[nodiscard]] io::Task<bool> has_failed(io::http::Exchange& exchange, const std::string& text);
  io::Task<void> answer(io::http::Exchange& exchange, const Script& script);
  io::Task<void> stream(io::http::Exchange& exchange, const Script& script);
  io::Task<void> embed(io::http::Exchange& exchange, const json::object& body);

  std::function<void(const BedrockBill&)> charge_;
  ScriptedFailures failures_;
};

/// Why the real API would refuse a Converse body, or nothing.
[[nodiscard]] std::string find_bedrock_fault(const json::object& body);
/// Why AWS would refuse the credentials: the exception's name and its message, or nothing.
struct AwsRefusal {
  std::string type, message;
};
[[nodiscard]] AwsRefusal find_aws_refusal(const io::http::Request& request, Timestamp now);

/// A message of the binary event stream with text headers.
[[nodiscard]] std::string event_frame(const std::vector<std::pair<std::string, std::string>>& headers,
                                      std::string_view payload);

}  // namespace millwright::test
