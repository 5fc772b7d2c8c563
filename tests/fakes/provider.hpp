// A scripted model provider that speaks OpenAI's chat completions to the byte and keeps its own bill, so that a test
// can compare what it charged with what a ledger says.
//
// What it does is written in the last user message between double brackets: [[status=500]] [[delay=200]] (ms before the
// head) [[tokens=40]] (length of the answer) [[interval=5]] (ms between chunks) [[cut=3]] (drop the connection after so
// many chunks) [[no-usage]] [[no-done]] [[error-in-200]] [[error-after=2]] [[retry-after=1]] [[garbage]] [[say=TEXT]]
// [[cached=30]] [[tool]] [[finish=length]] [[show=tools]] (answers with that member of the request) [[fail-times=2]]
// (fails so many times for the same text, then succeeds) [[ends-words]] (the space between two words ends a piece of a
// stream instead of beginning one) [[code=context_length_exceeded]] (of the error) [[silent=300]] (ms between a stream's
// head and its first content). A number may be meant for one model alone: [[delay.gpt-4o=900]].
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>

#include "base/json.hpp"
#include "io/http/server.hpp"
#include "tests/fakes/anthropic.hpp"
#include "tests/fakes/azure.hpp"
#include "tests/fakes/bedrock.hpp"
#include "tests/fakes/batches.hpp"
#include "tests/fakes/operations.hpp"
#include "tests/fakes/cohere.hpp"
#include "tests/fakes/gemini.hpp"
#include "tests/fakes/media.hpp"
#include "tests/fakes/ollama.hpp"

namespace millwright::test {

struct ProviderOptions {
  std::string bill_file;                 // one line a billed call, written before its answer; empty: none
  std::size_t fixed_answer_bytes = 0;    // when set: always the same whole answer, for benchmarks
};

class ScriptedProvider {
 public:
  explicit ScriptedProvider(ProviderOptions options);
  ~ScriptedProvider();
  [[nodiscard]] io::Task<void> handle(io::http::Exchange& exchange);

 private:
  struct Script;
  struct Bill;
  io::Task<void> chat(io::http::Exchange& exchange);
  io::Task<void> stream(io::http::Exchange& exchange, const Script& script, const Bill& bill);
  io::Task<void> show_bill(io::http::Exchange& exchange);
  io::Task<void> fail_with(io::http::Exchange& exchange, const Script& script);
  [[nodiscard]] Script read_script(const json::object& body);
  void charge(const Bill& bill);

  ProviderOptions options_;
  int bill_file_ = -1;
  std::mutex mutex_;
  std::map<std::string, int> failures_;
  std::int64_t requests_ = 0;   // for chat, failed ones too
  std::int64_t calls_ = 0, prompt_tokens_ = 0, cached_tokens_ = 0, completion_tokens_ = 0, searches_ = 0;
  std::string fixed_body_;
  ScriptedOperations operations_;
  ScriptedGemini gemini_;
  ScriptedCohere cohere_;
  ScriptedOllama ollama_;
  ScriptedAnthropic anthropic_;
  ScriptedAzure azure_;
  ScriptedBedrock bedrock_;
  ScriptedMedia media_;
  std::atomic<std::int64_t> media_nano_{0};  // billed for media, in nano-USD
  ScriptedBatches batches_;
};

}  // namespace millwright::test
