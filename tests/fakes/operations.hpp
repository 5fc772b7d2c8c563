// The operations of a scripted provider that are no chat: embeddings and moderations as OpenAI has them, rerank as Jina
// and vLLM have it.
//
// The script stands in the first input, or in the query: [[status=500]] [[delay=200]] [[no-usage]] [[error-in-200]]
// [[garbage]] [[cut-head]]; for embeddings alone [[embed-status=500]] [[embed-delay=200]]. Every input is billed a token
// for four bytes; a rerank bills its query with each document. A model whose name begins with "meaning" gives vectors
// that are alike where words are, a few synonyms included; others give three numbers by length.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/json.hpp"
#include "io/http/server.hpp"

namespace millwright::test {

class ScriptedOperations {
 public:
  using Charge = std::function<void(std::string id, std::int64_t tokens)>;
  explicit ScriptedOperations(Charge charge) : charge_(std::move(charge)) {}
  [[nodiscard]] static bool is_one(std::string_view path);
  [[nodiscard]] io::Task<void> handle(io::http::Exchange& exchange);

 private:
  Charge charge_;
};

}  // namespace millwright::test
