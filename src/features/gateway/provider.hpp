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

/// Receives what a media operation streams, in order, once the provider has answered with a stream: events of
/// text/event-stream, or the bytes of a file of another type. An error stops the stream.
class MediaSink {
 public:
  virtual ~MediaSink() = default;
  [[nodiscard]] virtual io::Task<Result<void>> head(std::string content_type) = 0;
  [[nodiscard]] virtual io::Task<Result<void>> event(std::string name, json::object data) = 0;
  [[nodiscard]] virtual io::Task<Result<void>> bytes(std::string_view bytes) = 0;
};

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
  const io::http::Form* form = nullptr;  // media: the files that go with `body`; none: `body` goes as JSON
  MediaSink* media = nullptr;            // media: set when the caller takes a stream
};

/// A whole answer, or the end of a stream.
struct ProviderAnswer {
  json::object body;                      // chat.completion, or what the operation gives; empty after a stream
  std::string provider_model;             // as the provider named it
  std::string provider_request;           // its id of the call
  std::optional<finops::TokenCounts> usage;   // when reported
  std::string service_tier;               // as the answer names it; decides the price
  std::string bytes, content_type;        // media: an answer that is no JSON, with its type
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

/// What an answer in the provider's own words says of its cost. Filled as its pieces come.
struct RawUsage {
  std::optional<finops::TokenCounts> tokens;
  std::optional<std::int64_t> audio_ms;  // of audio that was heard, where that is what is counted
  std::string model, service_tier;       // as named in the answer
  bool is_free = false;                  // the provider bills nothing for such a request
  json::object merged;                   // the provider's own, of a stream that tells its usage in parts
};

/// Takes the messages out of a stream that is no text, as Amazon's binary event stream.
class RawFrames {
 public:
  virtual ~RawFrames() = default;
  /// Gives `on_message` the JSON of each message that these bytes end, in order. False when the stream is garbled:
  /// nothing more can be read of it.
  [[nodiscard]] virtual bool feed(std::string_view bytes, const std::function<void(std::string_view)>& on_message) = 0;
};

/// One request of a provider's own batch, and its end.
struct BatchItem {
  std::string id;
  json::object body;
};
struct BatchItemResult {
  std::string id;
  ProviderResult result;
};
struct BatchProgress {
  enum class Phase : std::uint8_t { Running, Ended, Lost };   // Lost: the provider will give no results
  Phase phase = Phase::Running;
  std::vector<std::string> results;   // what `results` reads them by
  std::string input;                  // what was sent, likewise
  std::string message;                // why it was lost
};

/// A provider's own batches: cheaper, and answered within a day. Every call blocks nobody and may be repeated.
class BatchEndpoint {
 public:
  virtual ~BatchEndpoint() = default;
  struct Limits {
    std::size_t items_max = 50'000;
    std::size_t bytes_max = 190u << 20;
  };
  [[nodiscard]] virtual Limits limits() const = 0;
  /// The provider's name for the batch. `tag` is ours: a batch that was sent and whose name was lost is found by it.
  [[nodiscard]] virtual io::Task<Result<std::string>> submit(Operation operation, const std::vector<BatchItem>& items,
                                                             std::string tag) = 0;
  /// The name of the batch with that tag, or nothing.
  [[nodiscard]] virtual io::Task<Result<std::optional<std::string>>> find(std::string tag) = 0;
  [[nodiscard]] virtual io::Task<Result<BatchProgress>> poll(std::string name) = 0;
  [[nodiscard]] virtual io::Task<Result<void>> cancel(std::string name) = 0;
  [[nodiscard]] virtual io::Task<Result<std::vector<BatchItemResult>>> results(BatchProgress progress) = 0;
  /// The results are kept here: nothing of the batch need stay there.
  [[nodiscard]] virtual io::Task<void> forget(BatchProgress progress) = 0;
};

class Provider {
 public:
  virtual ~Provider() = default;
  [[nodiscard]] virtual std::string_view kind() const = 0;
  /// Whether this kind has the operation at all; chat is what every kind has.
  [[nodiscard]] virtual bool offers(Operation operation) const { return operation == Operation::Chat; }
  /// Chat, or another operation that this kind offers. Non-streamed when `call.is_streamed` is false, and then `on_chunk` is unused. A stream counts as finished only
  /// after the provider's own terminal event. Runs on a loop; must not block.
  [[nodiscard]] virtual io::Task<ProviderResult> chat(const ProviderCall& call, const OnChunk& on_chunk) = 0;
  /// Pass-through: sends `request`, whose path stands behind the base URL, with this provider's credentials in place. A
  /// kind that signs its requests does it here. Forbidden for a kind that has no such thing.
  [[nodiscard]] virtual io::Task<Result<std::unique_ptr<io::http::ClientResponse>>> send_raw(
      io::http::ClientRequest request, Duration timeout, const io::http::Cancellation* cancellation);
  /// Reads what a whole answer, or one event of a stream, says of its usage. `path` is the request's, without query.
  virtual void read_raw_usage(std::string_view path, const json::object& answer, RawUsage& usage) const;
  /// What the head of an answer says of its usage, where a provider tells it there.
  virtual void read_raw_head(const io::http::Headers& headers, RawUsage& usage) const;
  /// A reader for streams of this type that are no text; nothing for a type that this kind does not have.
  [[nodiscard]] virtual std::unique_ptr<RawFrames> raw_frames(std::string_view content_type) const;
  /// Whether the beginning of a prompt is kept for later calls when it is marked (cache_control in the canonical
  /// request).
  [[nodiscard]] virtual bool keeps_marked_prompts(const ModelConfig& model) const;
  /// Its own batches, where it has some.
  [[nodiscard]] virtual BatchEndpoint* batches() { return nullptr; }
  /// Where it connects to besides its configured address: an endpoint that follows from its options, a token service.
  [[nodiscard]] virtual std::vector<io::http::Origin> further_origins() const { return {}; }
};

inline io::Task<Result<std::unique_ptr<io::http::ClientResponse>>> Provider::send_raw(io::http::ClientRequest, Duration,
                                                                                      const io::http::Cancellation*) {
  co_return fail(ErrorCode::Forbidden, "providers of kind {} have no pass-through", kind());
}
inline void Provider::read_raw_usage(std::string_view, const json::object&, RawUsage&) const {}
inline void Provider::read_raw_head(const io::http::Headers&, RawUsage&) const {}
inline std::unique_ptr<RawFrames> Provider::raw_frames(std::string_view) const { return nullptr; }
inline bool Provider::keeps_marked_prompts(const ModelConfig&) const { return false; }

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
