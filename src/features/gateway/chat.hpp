// The canonical chat request and its answer, in the shape of OpenAI's chat completions; unknown fields travel along.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "base/json.hpp"
#include "features/gateway/capabilities.hpp"
#include "features/gateway/media_request.hpp"
#include "features/identity/identity.hpp"
#include "features/policy/policy.hpp"
#include "features/telemetry/trace.hpp"
#include "io/http/form.hpp"
#include "io/loop/task.hpp"

namespace millwright::gateway {

/// What a model is asked to do. Chat has streams, passages, a cache and citations; the next three are one JSON object
/// in and one out; the media take forms with files too and give events, text or a file. All under the same admission,
/// guards, routes and settlement.
enum class Operation : std::uint8_t {
  Chat,
  Embeddings,
  Moderations,
  Rerank,
  Images,
  ImageEdits,
  ImageVariations,
  Speech,
  Transcriptions,
  Translations
};
[[nodiscard]] std::string_view operation_name(Operation operation);  // "chat", "embeddings", "images.edits", …
[[nodiscard]] inline bool is_media(Operation operation) { return operation >= Operation::Images; }

/// A checked request. `body` is the caller's JSON object as received.
struct ChatRequest {
  Operation operation = Operation::Chat;
  std::string model;                    // a use case, or a model the key allows
  json::object body;
  bool is_streamed = false;
  bool wants_usage = false;             // stream_options.include_usage
  std::optional<std::int64_t> output_tokens_max;
  std::size_t text_bytes = 0;           // of all message texts together
  /// What the caller said in headers of its dialect, as anthropic-beta: only for providers of that dialect.
  std::vector<std::pair<std::string, std::string>> dialect_headers;
  /// The files of a form, whose other fields are texts in `body`: a list where a name is repeated.
  std::shared_ptr<const io::http::Form> form;
  MediaRequest media;  // of the media operations
};
/// Checks shape and limits; errors name the field, as in "messages[2].content".
[[nodiscard]] Result<ChatRequest> parse_chat_request(json::object body);
/// The same for the operations that are no chat.
[[nodiscard]] Result<ChatRequest> parse_operation_request(Operation operation, json::object body);
/// The same for media: `form` instead of `body` where the request is one.
[[nodiscard]] Result<ChatRequest> parse_media_request(Operation operation, json::object body,
                                                      std::shared_ptr<const io::http::Form> form);

/// Who calls, and what they said about the call.
struct Caller {
  std::shared_ptr<const identity::Principal> principal;
  std::string user;                     // end user on whose behalf, or the key's own
  std::vector<std::string> groups;
  std::string session, task, segment, environment;
  std::optional<policy::DataClass> declared_class;
  std::string region;
  std::vector<std::pair<std::string, std::string>> headers;   // those that rules of routes name, in lower case
};

/// What a dry run assumes of a request besides what it shows.
struct Assumptions {
  std::optional<std::int64_t> prompt_tokens;
  Capabilities needs;
  std::optional<std::string> language;
};

/// What a release puts behind a use case.
struct LiveRelease {
  std::string id;                       // of the signed release, or "config@<digest>"
  std::string prompt_name, prompt_version, prompt_text;
  Digest index;                         // version to search; none: no retrieval
  std::string route;
};

/// A passage as cited in an answer.
struct Citation {
  std::size_t number = 0;               // as in "[1]"
  std::string document, version, chunk, title, uri, quote;
  Timestamp updated;
};

/// How much of a rate limit is left.
struct RateState {
  std::int64_t limit = 0;               // of a period: a second, a minute, …
  std::int64_t remaining = 0;           // that would pass now
  Duration reset{0};                    // until the whole limit is free again
};
/// The tightest of the limits that bind a call, where there are any.
struct CallRates {
  std::optional<RateState> requests, tokens;
};

/// Receives a streamed answer. Called in order on one loop.
class ChunkSink {
 public:
  virtual ~ChunkSink() = default;
  /// What is left of the limits, for the head of the stream; set before begin.
  CallRates rates;
  /// Before the first chunk, once the answer is certain to begin. An error ends the call as cancelled.
  [[nodiscard]] virtual io::Task<Result<void>> begin(const telemetry::Trace& trace) = 0;
  /// One chat.completion.chunk as JSON text.
  [[nodiscard]] virtual io::Task<Result<void>> chunk(std::string_view json_text) = 0;
};

/// The same for a surface that says the answer in a shape of its own.
class ObjectSink {
 public:
  virtual ~ObjectSink() = default;
  CallRates rates;                      // as ChunkSink's
  [[nodiscard]] virtual io::Task<Result<void>> begin(const telemetry::Trace& trace) = 0;
  /// One chat.completion.chunk. Gives how many bytes it became.
  [[nodiscard]] virtual io::Task<Result<std::size_t>> chunk(json::object chunk) = 0;
};

/// A call that a shadow copies, as far as the two are compared.
struct ShadowedCall {
  Id trace;
  std::string route, model, text;
  Money cost;
  std::uint32_t duration_us = 0, first_token_us = 0;
};

/// The same for media: server-sent events, or the bytes of a file.
class ByteSink {
 public:
  virtual ~ByteSink() = default;
  [[nodiscard]] virtual io::Task<Result<void>> begin(const telemetry::Trace& trace, std::string_view content_type) = 0;
  [[nodiscard]] virtual io::Task<Result<void>> write(std::string_view bytes) = 0;
};

struct PreparedCall;

struct ChatCall {
  Caller caller;
  ChatRequest request;
  std::string surface = "chat";         // or "ask", "evaluation", "shadow", "semantic_cache"
  bool is_dry_run = false;              // decide everything, call nobody
  bool skip_cache = false;
  std::optional<Assumptions> assumed;   // of a dry run
  std::string only_model;               // of a shadow or an inner call: instead of the route's models
  bool is_inner = false;                // for another call, which has its room and its limits: takes none of its own
  std::optional<Duration> time_max;     // of the whole call, where it is less than the server's
  std::shared_ptr<const ShadowedCall> shadowed;
  std::optional<LiveRelease> release;   // instead of the live one: evaluation and experiments
  std::optional<Id> trace;              // the call's id, where the caller must know it beforehand; used once
  bool may_exceed_budget = false;       // a person has approved this call's costs
  PreparedCall* prepared = nullptr;     // filled instead of calling a provider: see Gateway::prepare
  ChunkSink* sink = nullptr;            // one of the three is set when request.is_streamed
  ObjectSink* object_sink = nullptr;
  ByteSink* byte_sink = nullptr;        // for media
  bool wants_object = false;            // a whole answer comes as ChatOutcome::answer instead of ::body
  std::function<void(std::function<void()>)> on_client_gone;   // registers what to do when the caller leaves; nothing: no more
};

/// How a call ended. The trace is complete, its ledger row durable.
struct ChatOutcome {
  telemetry::Trace trace;
  std::optional<Error> error;           // when set, `body` is empty; after a stream began it was cut short
  bool error_from_provider = false;
  std::string body;                     // chat.completion as JSON text; empty when streamed
  std::string content_type;             // of `body` where it is no JSON
  json::object answer;                  // the same, when the call wants an object; its body is empty then
  std::string text;                     // the answer's text, for graders and consoles
  std::vector<Citation> citations;
  CallRates rates;
};

}  // namespace millwright::gateway
