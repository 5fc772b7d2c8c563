// What a kind of model provider must offer. One file a kind in extensions/providers.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "base/json.hpp"
#include "features/finops/finops.hpp"
#include "features/gateway/chat.hpp"
#include "features/gateway/config.hpp"
#include "features/retrieval/retrieval.hpp"
#include "io/http/client.hpp"
#include "io/loop/task.hpp"

namespace millwright::gateway {

/// One attempt at one model.
struct ProviderCall {
  const ModelConfig* model = nullptr;
  Operation operation = Operation::Chat;
  const json::object* body = nullptr;     // the canonical request with prompt and passages in place
  bool is_streamed = false;
  std::string_view question;              // text of the last user message
  const std::vector<retrieval::ScoredChunk>* passages = nullptr;
  double best_possible_score = 0;
  Duration timeout{60'000};
  Duration idle_timeout{30'000};
  std::string_view request_id;
  /// Headers of the caller's dialect; a kind passes on those it knows, of its own dialect, and no others.
  const std::vector<std::pair<std::string, std::string>>* dialect_headers = nullptr;
  const io::http::Cancellation* cancellation = nullptr;
};

/// A whole answer, or the end of a stream.
struct ProviderAnswer {
  json::object body;                      // chat.completion, or what the operation gives; empty after a stream
  std::string provider_model;             // as the provider named it
  std::string provider_request;           // its id of the call
  std::optional<finops::TokenCounts> usage;   // when reported
  std::string service_tier;               // as the answer names it; decides the price
};

/// A failed attempt, and what may be done about it.
struct ProviderFailure {
  Error error;
  std::uint16_t status = 0;               // upstream's, 0 when none came
  std::string type, code;                 // of the upstream error body
  bool is_retryable = false;              // the same model may succeed
  bool may_fall_back = true;              // another model may succeed; false: the request itself is wrong
  bool may_be_billed = false;             // bytes were accepted; usage below, when known
  std::string provider_request;           // its id of the call, when it came so far
  std::optional<finops::TokenCounts> usage;
  bool is_usage_estimated = false;        // counted here in part, because the provider had not reported all of it
  std::string service_tier;
};
using ProviderResult = std::expected<ProviderAnswer, ProviderFailure>;

/// Receives each chat.completion.chunk of a stream, parsed. An error stops the stream (the caller has gone).
using OnChunk = std::function<io::Task<Result<void>>(json::object)>;

class Provider {
 public:
  virtual ~Provider() = default;
  [[nodiscard]] virtual std::string_view kind() const = 0;
  /// Whether this kind has the operation at all; chat is what every kind has.
  [[nodiscard]] virtual bool offers(Operation operation) const { return operation == Operation::Chat; }
  /// Chat, or another operation that this kind offers. Non-streamed when `call.is_streamed` is false, and then `on_chunk` is unused. A stream counts as finished only
  /// after the provider's own terminal event. Runs on a loop; must not block.
  [[nodiscard]] virtual io::Task<ProviderResult> chat(const ProviderCall& call, const OnChunk& on_chunk) = 0;
  /// Where it connects to besides its configured address: an endpoint that follows from its options, a token service.
  [[nodiscard]] virtual std::vector<io::http::Origin> further_origins() const { return {}; }
};

/// What a kind is made from.
struct ProviderParts {
  const ProviderConfig* config = nullptr;   // copied
  std::string api_key;                      // loaded secret
  std::map<std::string, std::string, std::less<>> secrets;   // loaded, by the names of the configuration
  io::http::Client* client = nullptr;       // outlives the provider
};
/// One kind: what its configuration may hold, and how one is made. InvalidConfig names the option at its place.
struct ProviderKind {
  std::function<Result<std::unique_ptr<Provider>>(const ProviderParts&)> make;
  ProviderKindFacts facts;
};
/// The kinds this build knows, by name. The list itself is in extensions/providers/all.cpp.
using ProviderKinds = std::map<std::string, ProviderKind, std::less<>>;
[[nodiscard]] inline ProviderKindTable facts_of(const ProviderKinds& kinds) {
  ProviderKindTable table;
  for (const auto& [name, kind] : kinds) table.emplace(name, kind.facts);
  return table;
}

}  // namespace millwright::gateway
